#include "storage/emergency/emergency_record.h"

#include "base/limits.h"
#include "codec/codec.h"
#include "crypto/digest.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace galen::storage {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kFrameHead = 12;
constexpr std::size_t kAuthorisationBytes = 256;

template <class T>
Result<T> read_operation(BytesView bytes) {
  GALEN_TRY(auto operation, ledger::decode_operation(bytes));
  auto* value = std::get_if<T>(&operation);
  if (value == nullptr) return fail(ErrorCode::kMalformed, "emergency record: another operation");
  return std::move(*value);
}

Digest frame_check(const JournalId& journal, std::uint64_t number, BytesView record) {
  crypto::Hasher hasher("emergency-frame");
  hasher.raw(journal).u64(number).bytes(record);
  return hasher.finish();
}

Digest header_check(BytesView bytes) {
  crypto::Hasher hasher("emergency-header");
  hasher.bytes(bytes);
  return hasher.finish();
}

}  // namespace

Bytes EmergencyRecord::encode() const {
  Writer w;
  w.u16(kVersion).bytes(ledger::encode(ledger::Operation(entry)));
  w.bytes(ledger::encode(authorisation));
  w.bytes(ledger::encode(ledger::Operation(declaration)));
  w.bytes(ledger::encode(declared_by));
  return std::move(w).take();
}

Result<EmergencyRecord> EmergencyRecord::decode(BytesView bytes) {
  Reader r(bytes, "emergency record");
  if (r.u16() != kVersion) r.fail_with("another version");
  const BytesView entry = r.bytes(limits::kMaxOperationBytes);
  const BytesView authorisation = r.bytes(kAuthorisationBytes);
  const BytesView declaration = r.bytes(limits::kMaxOperationBytes);
  const BytesView declared_by = r.bytes(kAuthorisationBytes);
  GALEN_TRY_STATUS(r.finish());
  EmergencyRecord record;
  GALEN_TRY(record.entry, read_operation<ledger::LogEmergency>(entry));
  GALEN_TRY(record.authorisation, ledger::decode_authorisation(authorisation));
  GALEN_TRY(record.declaration, read_operation<ledger::DeclareEmergency>(declaration));
  GALEN_TRY(record.declared_by, ledger::decode_authorisation(declared_by));
  return record;
}

Bytes EmergencyHeader::encode() const {
  Writer w;
  w.tag("emergency-file").u16(kVersion).raw(chain).raw(organisation).raw(journal);
  w.boolean(follows.has_value()).raw(follows.value_or(JournalId{}));
  w.u64(dropped).raw(before);
  const Digest check = header_check(w.view());
  w.raw(check);
  return std::move(w).take();
}

Result<EmergencyHeader> EmergencyHeader::decode(BytesView bytes) {
  if (bytes.size() < kBytes) return fail(ErrorCode::kCorrupt, "emergency journal: header cut off");
  Reader r(bytes.first(kBytes), "emergency journal");
  EmergencyHeader header;
  r.tag("emergency-file");
  if (r.u16() != kVersion) r.fail_with("another version");
  header.chain = r.fixed<ChainId>();
  header.organisation = r.fixed<AccountId>();
  header.journal = r.fixed<JournalId>();
  const bool follows = r.boolean();
  const auto lost = r.fixed<JournalId>();
  if (follows) header.follows = lost;
  header.dropped = r.u64();
  header.before = r.fixed<Digest>();
  const Bytes whole = header.encode();
  const bool same = std::equal(whole.begin(), whole.end(), bytes.begin());
  if (r.failed() || !same) return fail(ErrorCode::kCorrupt, "emergency journal: damaged header");
  return header;
}

Bytes encode_frame(const JournalId& journal, std::uint64_t number, BytesView record) {
  Writer w;
  w.u64(number).bytes(record).raw(frame_check(journal, number, record));
  return std::move(w).take();
}

std::optional<EmergencyFrame> read_frame(const JournalId& journal, BytesView bytes) {
  if (bytes.size() < kFrameHead + Digest::kSize) return std::nullopt;
  Reader r(bytes, "emergency frame");
  EmergencyFrame frame;
  frame.number = r.u64();
  frame.record = r.bytes(kMaxEmergencyRecordBytes);
  const auto check = r.fixed<Digest>();
  if (r.failed() || check != frame_check(journal, frame.number, frame.record)) return std::nullopt;
  frame.size = kFrameHead + frame.record.size() + Digest::kSize;
  return frame;
}

}  // namespace galen::storage
