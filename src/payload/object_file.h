// Layout of an object's file (docs/formats.md "Payload objects and envelopes"). FROZEN.
//   tag "object" || u16 version || u32 length || object header || ciphertext chunks || leaf hashes
// The leaf hashes stand at the end, so any chunk can be checked against the address alone.
// Thread rule: functions from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/chunk_stream.h"

#include <cstdint>
#include <vector>

namespace galen::payload {

inline constexpr std::uint16_t kObjectFileVersion = 1;

/// Everything in front of the first chunk.
[[nodiscard]] Bytes object_file_start(const crypto::ObjectHeader& header);

/// Offset of chunk `index`; of the leaf hashes for index == chunk_count().
[[nodiscard]] std::uint64_t chunk_offset(const crypto::ObjectHeader& header, std::uint64_t index);

/// Size of the whole file.
[[nodiscard]] std::uint64_t object_file_size(const crypto::ObjectHeader& header);

struct ObjectFileIndex {
  crypto::ObjectHeader header;
  std::vector<Digest> leaves;
};

/// Reads header and leaf hashes and checks them, and the file's size, against the address.
/// kCorrupt, kIo.
[[nodiscard]] Result<ObjectFileIndex> read_object_index(int file, const PayloadAddress& address);

}  // namespace galen::payload
