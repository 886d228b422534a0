//! The files of Confluent that schemas import and that no registry has
//! (confluentinc/schema-registry, `protobuf-types`).

/// Name and text of each.
pub(super) const FILES: [(&str, &str); 2] = [
    ("confluent/meta.proto", META),
    ("confluent/type/decimal.proto", DECIMAL),
];

/// What authors say of a file, a message, a field: `[(confluent.field_meta).tags = "PII"]`.
const META: &str = r#"syntax = "proto3";
package confluent;
import "google/protobuf/descriptor.proto";
message Meta {
  string doc = 1;
  map<string, string> params = 2;
  repeated string tags = 3;
}
extend google.protobuf.FileOptions { Meta file_meta = 1088; }
extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }
"#;

const DECIMAL: &str = r#"syntax = "proto3";
package confluent.type;
message Decimal {
  bytes value = 1;
  uint32 precision = 2;
  int32 scale = 3;
}
"#;
