#include "client/record_file.h"

#include "base/limits.h"
#include "crypto/digest.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace galen::client {

namespace {

Result<std::uint64_t> size_of(std::FILE* file, const std::string& path) {
  struct stat info {};

  if (::fstat(::fileno(file), &info) != 0) {
    return fail(ErrorCode::kIo, path + ": " + std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::kIo, path + ": not a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > limits::kMaxPayloadBytes) {
    return fail(ErrorCode::kInvalidArgument, path + ": larger than a record may be (4 GiB)");
  }
  return size;
}

}  // namespace

Result<FilePointer> open_for_reading(const std::string& path) {
  FilePointer file(std::fopen(path.c_str(), "rbe"));
  if (!file) return fail(ErrorCode::kIo, path + ": " + std::strerror(errno));
  return file;
}

void SealedFile::rewind() {
  std::rewind(ciphertext.get());
  position_ = 0;
}

Result<std::optional<Bytes>> SealedFile::next() {
  if (position_ >= header.chunk_count()) return std::optional<Bytes>();
  Bytes chunk(header.ciphertext_size(position_));
  if (std::fread(chunk.data(), 1, chunk.size(), ciphertext.get()) != chunk.size()) {
    return fail(ErrorCode::kIo, "cannot read the sealed temporary file");
  }
  ++position_;
  return std::optional<Bytes>(std::move(chunk));
}

Digest content_commitment(const crypto::RecordKey& key, const Digest& plaintext) {
  return crypto::tagged("content", key, plaintext);
}

Result<SealedFile> seal_file(const std::string& path,
                             const SealTarget& target,
                             RandomSource& random,
                             const Progress& progress) {
  GALEN_TRY(const FilePointer input, open_for_reading(path));
  GALEN_TRY(const std::uint64_t size, size_of(input.get(), path));
  crypto::ChunkSealer sealer(
      target.key, target.chain, target.record, limits::kPayloadChunkBytes, size, random);
  SealedFile sealed;
  sealed.header = sealer.header();
  sealed.ciphertext.reset(std::tmpfile());
  if (!sealed.ciphertext) return fail(ErrorCode::kIo, "cannot create a temporary file");
  crypto::Hasher plaintext;
  std::uint64_t done = 0;
  for (std::uint64_t i = 0; i < sealed.header.chunk_count(); ++i) {
    Bytes chunk(sealed.header.ciphertext_size(i) - crypto::kAeadTagBytes);
    if (std::fread(chunk.data(), 1, chunk.size(), input.get()) != chunk.size()) {
      return fail(ErrorCode::kInvalidArgument, path + ": became shorter while it was read");
    }
    plaintext.raw(chunk);
    const Bytes cipher = sealer.seal(chunk);
    if (std::fwrite(cipher.data(), 1, cipher.size(), sealed.ciphertext.get()) != cipher.size()) {
      return fail(ErrorCode::kIo, "cannot write the sealed temporary file");
    }
    done += chunk.size();
    if (progress) progress(done, size);
  }
  if (std::fgetc(input.get()) != EOF) {
    return fail(ErrorCode::kInvalidArgument, path + ": became longer while it was read");
  }
  sealed.address = sealer.address();
  sealed.content_commitment = content_commitment(target.key, plaintext.finish());
  sealed.rewind();
  return sealed;
}

std::string guess_mime_type(const std::string& path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes{{
      {".json", "application/fhir+json"},
      {".xml", "application/fhir+xml"},
      {".pdf", "application/pdf"},
      {".dcm", "application/dicom"},
      {".txt", "text/plain"},
      {".csv", "text/csv"},
      {".hl7", "x-application/hl7-v2+er7"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
  }};
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& type) {
    return path.size() > type.first.size() &&
           std::string_view(path).substr(path.size() - type.first.size()) == type.first;
  });
  return std::string(found == kTypes.end() ? "application/octet-stream" : found->second);
}

}  // namespace galen::client
