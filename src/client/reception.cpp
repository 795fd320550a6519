#include "client/reception.h"

#include "client/record_file.h"

#include <utility>

namespace galen::client {

Status Reception::receive(const Fetch& fetch, const Target& target, const Progress& progress) {
  const auto header = [&](const ReleasedObject& object) -> Status {
    // May fill in the entry.
    GALEN_TRY(const auto wrapped_for, target(object));
    if (wanted_.entry && object.address != wanted_.entry->record.payload) {
      return fail(ErrorCode::kCorrupt, "the custodian sent another object than the index names");
    }
    return start(object, wrapped_for);
  };
  const auto chunk = [&](BytesView bytes) -> Status { return accept(bytes, progress); };
  GALEN_TRY(auto file, ReceivedFile::create(wanted_.out));
  file_ = &file;
  GALEN_TRY(const std::uint64_t chunks, fetch(header, chunk));
  static_cast<void>(chunks);
  GALEN_TRY_STATUS(check_whole());
  return file.publish();
}

Status Reception::start(const ReleasedObject& object, const payload::ReleaseTarget& target) {
  object_ = object;
  const payload::ObjectName name{session_.chain(), wanted_.record, object.address};
  auto header = crypto::ObjectHeader::decode(object.header);
  if (!header) return fail(ErrorCode::kCorrupt, header.error().message);
  auto key = payload::open_release(name, object.box, agreement_key_, target);
  if (!key) return fail(ErrorCode::kCorrupt, key.error().message);
  key_ = *key;
  auto opener = crypto::ChunkOpener::create(key_, session_.chain(), wanted_.record, *header);
  if (!opener) return fail(ErrorCode::kCorrupt, opener.error().message);
  opener_.emplace(std::move(*opener));
  total_ = header->plaintext_size;
  return {};
}

Status Reception::accept(BytesView bytes, const Progress& progress) {
  auto plain = opener_->open(bytes);
  if (!plain) return fail(ErrorCode::kCorrupt, plain.error().message);
  hasher_.raw(*plain);
  done_ += plain->size();
  if (progress) progress(done_, total_);
  return file_->write(*plain);
}

// Chunks are authenticated one by one; address and commitment say that they are all, and the right
// ones.
Status Reception::check_whole() {
  if (!opener_ || !opener_->complete()) {
    return fail(ErrorCode::kCorrupt, "the record is not complete");
  }
  if (opener_->address() != object_.address) {
    return fail(ErrorCode::kCorrupt, "the record has another address than it should");
  }
  const Digest commitment = content_commitment(key_, hasher_.finish());
  crypto::cleanse(key_.value);
  if (wanted_.entry && commitment != wanted_.entry->record.content_commitment) {
    return fail(ErrorCode::kCorrupt, "the content is not what the index commits to");
  }
  return {};
}

}  // namespace galen::client
