"""Writes clicks in Avro and orders in Protobuf with Confluent's own Python clients, or reads what became of them.

    clients.py write|read BOOTSTRAP REGISTRY AVRO_TOPIC PROTOBUF_TOPIC COUNT

Prints what it read, a JSON object a line.
"""

import json
import sys

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

CLICK = """{"type":"record","name":"Click","namespace":"app","fields":[
  {"name":"n","type":"long"},
  {"name":"user","type":["null","string"],"default":null},
  {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
  {"name":"prices","type":{"type":"array","items":"int"}},
  {"name":"note","type":"string"}]}"""


def order_type():
    """`message Order { int64 n = 1; string customer = 2; repeated int32 prices = 3; string note = 4; }`"""
    file = descriptor_pb2.FileDescriptorProto(name="order.proto", package="app", syntax="proto3")
    message = file.message_type.add(name="Order")
    kinds = descriptor_pb2.FieldDescriptorProto
    for number, (name, kind, label) in enumerate(
        [
            ("n", kinds.TYPE_INT64, kinds.LABEL_OPTIONAL),
            ("customer", kinds.TYPE_STRING, kinds.LABEL_OPTIONAL),
            ("prices", kinds.TYPE_INT32, kinds.LABEL_REPEATED),
            ("note", kinds.TYPE_STRING, kinds.LABEL_OPTIONAL),
        ],
        1,
    ):
        message.field.add(name=name, number=number, type=kind, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("app.Order"))


def prices(n):
    """More than one block of them now and then."""
    return [k for k in range(n % 150)]


def write(bootstrap, registry, topics, count):
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    avro = AvroSerializer(registry, CLICK)
    Order = order_type()
    protobuf = ProtobufSerializer(Order, registry, {"use.deprecated.format": False})
    for n in range(count):
        who, note = f"canary-{n % 17}", f"canary-note-{n}"
        click = {"n": n, "user": None if n % 5 == 0 else who, "at": 1772361727551 + n, "prices": prices(n), "note": note}
        order = Order(n=n, customer=who, prices=prices(n), note=note)
        for topic, serializer, value in zip(topics, (avro, protobuf), (click, order)):
            context = SerializationContext(topic, MessageField.VALUE)
            producer.produce(topic, serializer(value, context))
        producer.poll(0)
    assert producer.flush(30) == 0


def read(bootstrap, registry, topics, count):
    settings = {"group.id": "python", "auto.offset.reset": "earliest", "isolation.level": "read_committed"}
    consumer = Consumer({"bootstrap.servers": bootstrap, "enable.auto.commit": False, **settings})
    consumer.subscribe(topics)
    avro = AvroDeserializer(registry)
    protobuf = ProtobufDeserializer(order_type(), {"use.deprecated.format": False})
    left = {topic: count for topic in topics}
    while any(left.values()):
        message = consumer.poll(20)
        assert message is not None and message.error() is None, left
        topic, context = message.topic(), SerializationContext(message.topic(), MessageField.VALUE)
        if topic == topics[0]:
            value = avro(message.value(), context)
            value["at"] = value["at"].isoformat()
        else:
            value = json_format.MessageToDict(protobuf(message.value(), context), preserving_proto_field_name=True)
        left[topic] -= 1
        print(json.dumps({"topic": topic, "value": value}))
    consumer.close()


if __name__ == "__main__":
    what, bootstrap, url, *topics, count = sys.argv[1:]
    {"write": write, "read": read}[what](bootstrap, SchemaRegistryClient({"url": url}), topics, int(count))
