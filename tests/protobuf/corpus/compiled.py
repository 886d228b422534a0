"""Schemas as Google's own compiler reads them."""
import pathlib, tempfile
import grpc_tools
from grpc_tools import protoc
from google.protobuf import descriptor_pb2, descriptor_pool

GOOGLES = pathlib.Path(grpc_tools.__file__).parent / "_proto"


def described(path):
    """A `.proto` file, and those that it imports, as descriptors."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set"
        words = ["protoc", f"-I{path.parent}", f"-I{GOOGLES}", "--include_imports", f"-o{out}", str(path)]
        if protoc.main(words) != 0:
            raise SystemExit(f"protoc does not take {path}")
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def descriptors(path):
    """The types of a `.proto` file, and of those that it imports."""
    pool = descriptor_pool.DescriptorPool()
    for file in described(path).file:
        pool.Add(file)
    return pool
