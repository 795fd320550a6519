#include "payload/object_file.h"

#include "codec/codec.h"
#include "payload/file_access.h"

namespace galen::payload {

namespace {

// Every object header has the same size: tag, version, chunk size, size, salt, commitment.
constexpr std::size_t kHeaderBytes = 10 + 2 + 4 + 8 + 32 + 32;
// tag, version, length of the header
constexpr std::size_t kPrefixBytes = 1 + 6 + 2 + 4;

Result<crypto::ObjectHeader> read_header(int file) {
  GALEN_TRY(const Bytes start, read_exactly(file, 0, kPrefixBytes + kHeaderBytes));
  codec::Reader reader(start, "object file");
  reader.tag("object");
  if (reader.u16() != kObjectFileVersion) reader.fail_with("unknown version");
  const BytesView encoded = reader.bytes(kHeaderBytes);
  GALEN_TRY_STATUS(reader.finish());
  return crypto::ObjectHeader::decode(encoded);
}

Result<std::vector<Digest>> read_leaves(int file, const crypto::ObjectHeader& header) {
  const std::uint64_t count = header.chunk_count();
  const auto bytes = static_cast<std::size_t>(count * Digest::kSize);
  GALEN_TRY(const Bytes packed, read_exactly(file, chunk_offset(header, count), bytes));
  std::vector<Digest> leaves;
  leaves.reserve(static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < packed.size(); at += Digest::kSize) {
    leaves.push_back(Digest::from(BytesView(packed).subspan(at, Digest::kSize)));
  }
  return leaves;
}

}  // namespace

Bytes object_file_start(const crypto::ObjectHeader& header) {
  codec::Writer writer(kPrefixBytes + kHeaderBytes);
  writer.tag("object").u16(kObjectFileVersion).bytes(header.encode());
  return std::move(writer).take();
}

std::uint64_t chunk_offset(const crypto::ObjectHeader& header, std::uint64_t index) {
  const std::uint64_t start = kPrefixBytes + kHeaderBytes;
  const std::uint64_t full = std::uint64_t{header.chunk_size} + crypto::kAeadTagBytes;
  if (index < header.chunk_count()) return start + index * full;
  return start + header.plaintext_size + header.chunk_count() * crypto::kAeadTagBytes;
}

std::uint64_t object_file_size(const crypto::ObjectHeader& header) {
  return chunk_offset(header, header.chunk_count()) + header.chunk_count() * Digest::kSize;
}

Result<ObjectFileIndex> read_object_index(int file, const PayloadAddress& address) {
  GALEN_TRY(const std::uint64_t size, file_size(file));
  auto header = read_header(file);
  if (!header) {
    if (header.error().code == ErrorCode::kIo) return tl::unexpected(header.error());
    return fail(ErrorCode::kCorrupt, "stored object: its header is damaged");
  }
  if (object_file_size(*header) != size) {
    return fail(ErrorCode::kCorrupt, "stored object: wrong size");
  }
  GALEN_TRY(auto leaves, read_leaves(file, *header));
  if (crypto::object_address(*header, leaves) != address) {
    return fail(ErrorCode::kCorrupt, "stored object: header or chunk hashes are damaged");
  }
  return ObjectFileIndex{*header, std::move(leaves)};
}

}  // namespace galen::payload
