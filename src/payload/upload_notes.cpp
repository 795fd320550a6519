#include "payload/upload_notes.h"

#include "base/check.h"
#include "base/hex.h"
#include "codec/codec.h"
#include "crypto/digest.h"
#include "payload/file_access.h"

#include <filesystem>

namespace galen::payload {

namespace {

constexpr std::uint16_t kNoteVersion = 1;
constexpr std::size_t kMaxNoteBytes = 1024;
constexpr std::string_view kEnding = ".upload";

/// Where it lies and what stands in clear, so that no note opens in another's place.
Bytes context_of(const Upload& upload) {
  codec::Writer w;
  w.tag("upload-of").raw(upload.envelopes).raw(upload.address).u64(upload.since.value);
  return std::move(w).take();
}

/// Of a note that no key opens any more nothing else would show that it is whole.
Digest checksum(BytesView note) {
  return crypto::sha256(note);
}

Bytes encode(const Upload::Owner& owner) {
  codec::Writer w;
  w.raw(owner.patient).raw(owner.record);
  return std::move(w).take();
}

Result<Upload::Owner> decode_owner(BytesView bytes) {
  codec::Reader r(bytes, "owner of an upload");
  Upload::Owner owner;
  owner.patient = r.fixed<PatientId>();
  owner.record = r.fixed<RecordId>();
  GALEN_TRY_STATUS(r.finish());
  return owner;
}

}  // namespace

std::string UploadNotes::path_of(const Digest& name) const {
  return directory_ + "/" + to_hex(name) + std::string(kEnding);
}

Status UploadNotes::write(const Upload& upload, RandomSource& random) {
  CHECK(upload.owner.has_value(), "an upload is of a record");
  GALEN_TRY(const Bytes sealed,
            sealer_.seal_named(upload.owner->patient, context_of(upload), encode(*upload.owner)));
  codec::Writer w;
  w.tag("upload").u16(kNoteVersion).u64(upload.since.value).raw(upload.address).bytes(sealed);
  w.raw(checksum(w.view()));
  const std::string temporary = incoming_ + "/" + to_hex(random.next<Random32>()) + ".part";
  return write_file(path_of(upload.envelopes), temporary, std::move(w).take());
}

Result<std::vector<Digest>> UploadNotes::names() const {
  std::vector<Digest> names;
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(directory_, error);
       !error && file != std::filesystem::directory_iterator();
       file.increment(error)) {
    if (file->path().extension() != kEnding) continue;
    const auto name = from_hex(file->path().stem().string());
    if (name && name->size() == Digest::kSize) names.push_back(Digest::from(*name));
  }
  if (error) return fail(ErrorCode::kIo, "cannot list " + directory_ + ": " + error.message());
  return names;
}

Result<Upload> UploadNotes::read(const Digest& name) const {
  GALEN_TRY(const Bytes bytes, read_file(path_of(name), kMaxNoteBytes));
  codec::Reader r(bytes, "note of an upload");
  r.tag("upload");
  if (r.u16() != kNoteVersion) r.fail_with("unknown version");
  Upload upload;
  upload.envelopes = name;
  upload.since = TimeMs{r.u64()};
  upload.address = r.fixed<PayloadAddress>();
  const Bytes sealed = to_bytes(r.bytes(kMaxNoteBytes));
  const auto sum = r.fixed<Digest>();
  if (const Status status = r.finish(); !status) {
    return fail(ErrorCode::kCorrupt, status.error().message);
  }
  if (sum != checksum(BytesView(bytes).first(bytes.size() - Digest::kSize))) {
    return fail(ErrorCode::kCorrupt, "note of an upload: its bytes are damaged");
  }
  const auto owner = sealer_.unseal_named(context_of(upload), sealed);
  if (!owner && owner.error().code == ErrorCode::kNotFound) return upload;
  if (!owner) return fail_in("note of an upload", owner.error());
  GALEN_TRY(upload.owner, decode_owner(*owner));
  return upload;
}

Status UploadNotes::remove(const Digest& name) {
  return remove_file(path_of(name));
}

}  // namespace galen::payload
