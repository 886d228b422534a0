//! Orders in Protobuf, without crypto, beside prost-reflect: its dynamic message decoded,
//! changed field by field and encoded.

/// The schema of the orders.
pub const WRITER: &str = include_str!("../../config/purchases.proto");

/// A schema of 200 fields, of ten types in turn.
pub fn wide() -> String {
    let types = [
        "string", "int32", "int64", "double", "bool", "bytes", "uint64", "sint32", "fixed64",
        "float",
    ];
    let field = |n: usize| format!("  {} f{n} = {};\n", types[n % types.len()], n + 1);
    let fields: String = (0..200).map(field).collect();
    format!("syntax = \"proto3\";\nmessage Wide {{\n{fields}}}\n")
}

#[cfg(feature = "protobuf")]
pub use with_reflection::{run, works};

/// Protobuf is not in this build.
#[cfg(not(feature = "protobuf"))]
pub fn run() {
    println!("Protobuf is not in this build: `--features protobuf`");
}

/// As above.
#[cfg(not(feature = "protobuf"))]
pub fn works() {}

#[cfg(feature = "protobuf")]
mod with_reflection {
    use std::collections::HashMap;
    use std::hint::black_box;

    use prost_reflect::prost::Message as _;
    use prost_reflect::{DescriptorPool, DynamicMessage, MapKey, MessageDescriptor, Value};
    use protox::Compiler;
    use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

    use veilstream::plan::Plan;
    use veilstream::schema::writer::Writer;

    use super::WRITER;
    use crate::measure::{self, Part, Variant};
    use crate::ours::{BATCH_RECORDS, Ours, plan_of, steady_allocations};

    const POLICY: &str = include_str!("policies/orders-protobuf.yaml");
    const CODE: &str = "0123456789abcdef012345";
    const EVENTS: usize = 50_000;
    const PASSES: usize = 9;
    /// Of 1,000 events each.
    const PARTS: usize = 50;
    /// prost-reflect / ours.
    const P1: f64 = 6.0;
    /// Milliseconds in which a schema of 200 fields should be read and bound.
    const BOUND_MS: f64 = 50.0;

    /// Compares, measures, prints P1.
    pub fn run() {
        let of = descriptor();
        let events: Vec<Vec<u8>> = (0..EVENTS).map(|n| event(&of, n)).collect();
        let bytes: usize = events.iter().map(Vec::len).sum();
        let mut ours = of_values(&events);
        agree(&of, &events, &mut ours);
        let mut variants: Vec<Variant<'_>> = vec![
            (
                "prost-reflect DynamicMessage: decode, change, encode",
                Box::new(|part: Part| {
                    for event in &events[part.range(EVENTS)] {
                        black_box(changed(&of, event).encode_to_vec());
                    }
                }),
            ),
            ("ours", Box::new(|part| ours.part(part))),
        ];
        let times = measure::interleaved(&mut variants, PARTS, PASSES);
        println!(
            "orders in Protobuf, {} bytes each, no crypto",
            bytes / EVENTS
        );
        for ((name, _), ns) in variants.iter().zip(&times) {
            println!("{name:<55}{:>9.0} ns an event", ns / EVENTS as f64);
        }
        drop(variants);
        let steady = steady_allocations(&policy(), || events.iter().map(Vec::as_slice));
        let ratio = times[0] / times[1];
        let verdict = if ratio >= P1 { "met" } else { "NOT MET" };
        println!("P1  prost-reflect / ours {ratio:>31.2}    at least {P1}  {verdict}");
        println!("    {steady:.4} allocations per event, steady state: at most 0");
        let wide = Wide::new();
        let times = (0..PASSES).map(|_| measure::cpu_of_this_thread(|| wide.bind()));
        let ms = measure::median(times.collect()) / 1e6;
        let verdict = if ms < BOUND_MS { "met" } else { "NOT MET" };
        println!(
            "    a schema of 200 fields, read and bound: {ms:.1} ms    below {BOUND_MS}  {verdict}"
        );
    }

    /// The schema of 200 fields, and a policy that names all of them.
    struct Wide(Plan);

    impl Wide {
        /// Made; it was read once, to know that the policy fits it.
        fn new() -> Wide {
            let (head, _) = POLICY.split_once("    fields:").expect("it has fields");
            let head = under(head, "{ file: wide.proto }");
            let fields: String = (0..200)
                .map(|n| format!("      f{n}: {{ replace: {{ with: x }} }}\n"))
                .collect();
            Wide(plan_of(&format!("{head}    fields:\n{fields}")))
        }

        /// Reads the schema and binds it.
        fn bind(&self) {
            let writer = Writer::of(&self.0.source.format).expect("it has a schema");
            let writer = writer.expect("it was read once");
            black_box(writer.bind(&self.0).expect("it was bound once"));
        }
    }

    fn policy() -> String {
        under(POLICY, "{ file: orders.proto, message: shop.Order }")
    }

    fn of_values(events: &[Vec<u8>]) -> Ours {
        Ours::of_values(BATCH_RECORDS, &policy(), events.iter().map(Vec::as_slice))
    }

    /// A policy of the bench, of records that are written as Protobuf.
    fn under(policy: &str, schema: &str) -> String {
        let source = "source: { topic: orders }";
        assert!(policy.contains(source));
        let written = format!("source: {{ topic: orders, value: protobuf, schema: {schema} }}");
        policy.replace(source, &written)
    }

    /// A short run: both write the same, and in steady state no record asks for memory.
    ///
    /// # Panics
    /// When that is not so.
    pub fn works() {
        let of = descriptor();
        let events: Vec<Vec<u8>> = (0..4 * BATCH_RECORDS).map(|n| event(&of, n)).collect();
        agree(&of, &events[..300], &mut of_values(&events[..300]));
        let steady = steady_allocations(&policy(), || events.iter().map(Vec::as_slice));
        assert!(steady < 0.001, "{steady} allocations a record of Protobuf");
    }

    /// What leaves is what the other library makes of it.
    ///
    /// # Panics
    /// When it is not.
    fn agree(of: &MessageDescriptor, events: &[Vec<u8>], ours: &mut Ours) {
        let results = ours.results();
        assert_eq!(results.len(), events.len());
        for (event, result) in events.iter().zip(&results) {
            let read = |bytes: &[u8]| DynamicMessage::decode(of.clone(), bytes).expect("a message");
            // As bytes say it: a default that was set is one that is not there.
            assert_eq!(read(result), read(&changed(of, event).encode_to_vec()));
        }
    }

    fn descriptor() -> MessageDescriptor {
        struct One;
        impl FileResolver for One {
            fn open_file(&self, name: &str) -> Result<File, protox::Error> {
                match name {
                    "orders.proto" => File::from_source(name, WRITER),
                    _ => Err(protox::Error::file_not_found(name)),
                }
            }
        }
        let mut resolver = ChainFileResolver::new();
        resolver.add(GoogleFileResolver::new());
        resolver.add(One);
        let mut compiler = Compiler::with_file_resolver(resolver);
        compiler.include_imports(true);
        compiler.open_file("orders.proto").expect("a schema");
        let pool: DescriptorPool = compiler.descriptor_pool();
        pool.get_message_by_name("shop.Order").expect("it is there")
    }

    /// The `n`th order: one to six items, by card or not, labels or none.
    fn event(of: &MessageDescriptor, n: usize) -> Vec<u8> {
        let pool = of.parent_pool();
        let message =
            |name: &str| DynamicMessage::new(pool.get_message_by_name(name).expect("it is there"));
        // Numbers that look alike nowhere (Knuth's multiplicative hashing).
        let mixed = n.wrapping_mul(2_654_435_761) >> 7;
        let mut order = DynamicMessage::new(of.clone());
        let text = |text: String| Value::String(text);
        order.set_field_by_name("order_id", text(format!("o-{mixed:012}")));
        order.set_field_by_name("status", Value::EnumNumber((mixed % 4) as i32));
        let mut at = message("google.protobuf.Timestamp");
        at.set_field_by_name(
            "seconds",
            Value::I64(1_767_225_600 + (mixed % 9_999_999) as i64),
        );
        at.set_field_by_name("nanos", Value::I32((mixed % 999) as i32 * 1_000_000));
        order.set_field_by_name("created_at", Value::Message(at));
        let mut customer = message("shop.Customer");
        customer.set_field_by_name("id", text(format!("c-{:08}", mixed % 100_000)));
        customer.set_field_by_name("email", text(format!("person{mixed}@example.com")));
        let country = ["DE", "FR", "NL"][mixed % 3];
        customer.set_field_by_name("country", text(country.into()));
        order.set_field_by_name("customer", Value::Message(customer));
        let items = (0..1 + mixed % 6).map(|k| {
            let mut item = message("shop.Item");
            item.set_field_by_name("product_id", text(format!("p-{:06}", (mixed + k) % 99_991)));
            item.set_field_by_name("quantity", Value::I32(1 + (mixed + k) as i32 % 9));
            let price = ((mixed + 17 * k) % 20_000) as f64 / 100.0;
            item.set_field_by_name("unit_price", Value::F64(price));
            if k == 0 {
                item.set_field_by_name("engraving", text("for Jane".into()));
            }
            Value::Message(item)
        });
        let items = items.collect();
        order.set_field_by_name("items", Value::List(items));
        if mixed.is_multiple_of(2) {
            let mut card = message("shop.Card");
            card.set_field_by_name("number", text("4111111111111111".into()));
            card.set_field_by_name("network", text("visa".into()));
            order.set_field_by_name("card", Value::Message(card));
        } else {
            order.set_field_by_name("iban", text("DE89370400440532013000".into()));
        }
        if !mixed.is_multiple_of(3) {
            let labels = [("channel", "app"), ("note", "ring twice")];
            let labels = labels.map(|(k, v)| (MapKey::String(k.into()), text(v.into())));
            order.set_field_by_name("labels", Value::Map(HashMap::from(labels)));
        }
        order.set_field_by_name("is_gift", Value::Bool(mixed.is_multiple_of(5)));
        order.encode_to_vec()
    }

    /// What one writes with the well-known crate.
    fn changed(of: &MessageDescriptor, event: &[u8]) -> DynamicMessage {
        let mut order = DynamicMessage::decode(of.clone(), event).expect("a message");
        order.set_field_by_name("order_id", Value::String(CODE.into()));
        for gone in ["card", "iban"] {
            order.clear_field_by_name(gone);
        }
        if let Some(at) = inside(&mut order, "created_at") {
            let seconds = at.get_field_by_name("seconds");
            let seconds = seconds.and_then(|s| s.as_i64()).unwrap_or(0);
            let hour = seconds.div_euclid(3_600) * 3_600;
            at.set_field_by_name("seconds", Value::I64(hour));
            at.clear_field_by_name("nanos");
        }
        if let Some(customer) = inside(&mut order, "customer") {
            customer.set_field_by_name("id", Value::String(CODE.into()));
            customer.clear_field_by_name("email");
        }
        if let Some(Value::List(items)) = order.get_field_by_name_mut("items") {
            for item in items {
                let Value::Message(item) = item else { continue };
                let price = item.get_field_by_name("unit_price");
                let price = price.and_then(|p| p.as_f64()).unwrap_or(0.0);
                let price = (price / 10.0).floor() * 10.0;
                item.set_field_by_name("unit_price", Value::F64(price));
                item.clear_field_by_name("engraving");
            }
        }
        if let Some(Value::Map(labels)) = order.get_field_by_name_mut("labels") {
            labels.retain(|key, _| key.as_str() == Some("channel"));
        }
        order
    }

    fn inside<'o>(order: &'o mut DynamicMessage, name: &str) -> Option<&'o mut DynamicMessage> {
        if !order.has_field_by_name(name) {
            return None;
        }
        match order.get_field_by_name_mut(name) {
            Some(Value::Message(message)) => Some(message),
            _ => None,
        }
    }
}
