//! How fast the library is, without a broker: beside baselines in the same
//! run, and against its targets.
//!
//! ```sh
//! cargo bench --no-default-features --bench reference              # workload A beside its baselines
//! cargo bench --no-default-features --bench reference -- actions   # what each action costs; `--write` records it
//! cargo bench --no-default-features --bench reference -- avro      # A1 to A3: workload A as Avro, beside apache-avro and beside JSON
//! cargo bench --no-default-features --bench reference -- consent   # signals of each shape, the gate, and a table of people: `consent 10000000`
//! cargo bench --no-default-features --bench reference -- growth    # how cost grows; `--write` draws it
//! cargo bench --no-default-features --features cli --bench reference -- process   # `veil apply` beside the library
//! cargo bench --no-default-features --features protobuf --bench reference -- protobuf   # orders in Protobuf beside prost-reflect
//! cargo bench --no-default-features --bench reference -- counts    # instructions, against those accepted
//! cargo bench --no-default-features --bench reference -- --smoke   # seconds: do all variants agree?
//! ```
//!
//! Each of them guards a promise: a target, a figure of `docs/speed/`, or the
//! counts. What was measured once to decide something has its figure there too,
//! and no code here.
#![allow(
    unsafe_code,
    reason = "a global allocator that counts cannot be written without"
)]
#![allow(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "the baseline is what one writes with the well-known crates; a bench prints"
)]

mod actions;
mod agree;
mod avro;
mod compare;
mod consent;
mod counts;
mod crypto;
mod dom;
mod fates;
mod gate;
mod growth;
mod house;
mod lazy;
mod measure;
mod naive;
mod ours;
mod primitives;
mod process;
mod protobuf;
mod report;
mod shapes;
mod smoke;
mod targets;
mod workload;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: measure::Counting = measure::Counting;

fn main() -> ExitCode {
    // Cargo adds `--bench` by itself.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => compare::run(),
        ["avro"] => avro::run(),
        ["actions"] => actions::run(false),
        ["actions", "--write"] => actions::run(true),
        ["consent"] => consent::run(1_000_000),
        ["consent", people] => match people.parse() {
            Ok(people) => consent::run(people),
            Err(_) => println!("`consent` takes a number of people"),
        },
        ["growth"] => growth::run(false),
        ["growth", "--write"] => growth::run(true),
        ["process"] => process::run(),
        ["protobuf"] => protobuf::run(),
        ["counts"] => return counts::run(false, false),
        ["counts", "--required"] => return counts::run(false, true),
        ["counts", "--accept"] => return counts::run(true, true),
        // What `counts` starts under valgrind.
        ["counted", name] => counts::counted(name),
        ["--smoke"] => smoke::run(),
        _ => {
            println!("what is {words:?}? See the first lines of benches/reference/main.rs");
            return ExitCode::from(64);
        }
    }
    ExitCode::SUCCESS
}
