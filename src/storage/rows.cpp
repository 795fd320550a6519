#include "storage/rows.h"

#include "base/limits.h"
#include "codec/codec.h"

namespace galen::storage {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kLinkBodyVersion = 2;
constexpr std::uint8_t kLinkMark = 0xff;  ///< no height begins with it
constexpr std::size_t kMaxEvidenceBytes = 512;

/// Rows are our own bytes: what does not decode is damage.
template <class T>
Result<T> finish(const Reader& r, T value) {
  const Status status = r.finish();
  if (!status) return fail(ErrorCode::kCorrupt, status.error().message);
  return value;
}

void read_version(Reader& r) {
  if (r.u16() != kVersion) r.fail_with("unknown version");
}

Bytes block_key(char kind, Height height) {
  Writer w(9);
  w.u8(static_cast<std::uint8_t>(kind)).counter(height);
  return std::move(w).take();
}

void write_digits(Writer& w, const std::vector<std::uint8_t>& digits) {
  w.u8(static_cast<std::uint8_t>(digits.size()));
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const unsigned low = i + 1 < digits.size() ? digits[i + 1] : 0U;
    w.u8(static_cast<std::uint8_t>((unsigned{digits[i]} << 4U) | low));
  }
}

}  // namespace

std::vector<std::string> column_names() {
  return {"blocks", "transactions", "state", "subjects", "bodies", "staging"};
}

Bytes head_key() {
  return to_bytes(std::string_view("head"));
}

Bytes encode(const HeadRow& row) {
  Writer w;
  w.u16(kVersion).counter(row.height).u64(row.journal_sequence).raw(row.keyring);
  w.u64(row.keys_made).u64(row.strange_notes);
  return std::move(w).take();
}

Result<HeadRow> decode_head_row(BytesView bytes) {
  Reader r(bytes, "head row");
  read_version(r);
  HeadRow row;
  row.height = r.counter<Height>();
  row.journal_sequence = r.u64();
  row.keyring = r.fixed<KeyringId>();
  row.keys_made = r.u64();
  row.strange_notes = r.u64();
  return finish(r, row);
}

Bytes evidence_prefix() {
  return to_bytes(std::string_view("evidence"));
}

Bytes evidence_key(const ledger::VoteSlot& slot) {
  Writer w;
  w.raw(evidence_prefix()).counter(slot.epoch).u16(slot.member.value).counter(slot.height);
  w.counter(slot.view).enumeration(slot.type);
  return std::move(w).take();
}

Bytes encode(const EvidenceRow& row) {
  Writer w;
  w.u16(kVersion).counter(row.found).bytes(ledger::encode(row.evidence));
  return std::move(w).take();
}

Result<EvidenceRow> decode_evidence_row(BytesView bytes) {
  Reader r(bytes, "evidence row");
  read_version(r);
  EvidenceRow row;
  row.found = r.counter<TimeMs>();
  const BytesView encoded = r.bytes(kMaxEvidenceBytes);
  GALEN_TRY_STATUS(finish(r, row));
  auto evidence = ledger::decode_evidence(encoded);
  if (!evidence) return fail(ErrorCode::kCorrupt, evidence.error().message);
  row.evidence = *evidence;
  return row;
}

Bytes header_key(Height height) {
  return block_key('h', height);
}

Bytes encode_header_row(const ledger::BlockHeader& header,
                        const std::optional<ledger::Certificate>& certificate) {
  Writer w;
  w.u16(kVersion).bytes(ledger::encode(header)).boolean(certificate.has_value());
  if (certificate) w.bytes(ledger::encode(*certificate));
  return std::move(w).take();
}

Result<Head> decode_header_row(BytesView bytes, const ChainId& chain) {
  Reader r(bytes, "header row");
  read_version(r);
  const BytesView header_bytes = r.bytes(limits::kMaxPeerMessageBytes);
  const bool certified = r.boolean();
  const BytesView certificate_bytes =
      certified ? r.bytes(limits::kMaxPeerMessageBytes) : BytesView{};
  GALEN_TRY_STATUS(finish(r, true));
  auto header = ledger::decode_block_header(header_bytes);
  if (!header) return fail(ErrorCode::kCorrupt, header.error().message);
  Head head{*header, id_cast<BlockHash>(chain), std::nullopt};
  if (head.height() != Height{0}) head.hash = ledger::block_hash(*header);
  if (certified) {
    auto certificate = ledger::decode_certificate(certificate_bytes);
    if (!certificate) return fail(ErrorCode::kCorrupt, certificate.error().message);
    head.certificate = *std::move(certificate);
  }
  const bool needs_certificate = head.height() != Height{0};
  if (needs_certificate != certified ||
      (certified && head.certificate->subject.block != head.hash)) {
    return fail(ErrorCode::kCorrupt, "header row: header and certificate do not belong together");
  }
  return head;
}

ledger::Receipt PermanentRow::receipt() const {
  return {ledger::transaction_id(header), ok, results_root};
}

Bytes permanent_prefix(Height height) {
  return block_key('t', height);
}

Bytes permanent_key(const TransactionPlace& place) {
  Writer w(13);
  w.raw(permanent_prefix(place.height)).u32(place.index);
  return std::move(w).take();
}

Bytes encode(const PermanentRow& row) {
  Writer w(256 + row.commitments.size() * Digest::kSize);
  w.u16(kVersion).bytes(ledger::encode(row.header)).raw(row.signature);
  w.count(row.commitments.size());
  for (const Digest& commitment : row.commitments) w.raw(commitment);
  w.boolean(row.ok).raw(row.results_root).u32(row.first_operation);
  return std::move(w).take();
}

Result<PermanentRow> decode_permanent_row(BytesView bytes) {
  Reader r(bytes, "transaction row");
  read_version(r);
  PermanentRow row;
  const BytesView header = r.bytes(limits::kMaxTransactionBytes);
  row.signature = r.fixed<Signature>();
  const std::size_t count = r.count(limits::kMaxOperationsPerTransaction);
  row.commitments.reserve(count);
  for (std::size_t i = 0; i < count; ++i) row.commitments.push_back(r.fixed<Digest>());
  row.ok = r.boolean();
  row.results_root = r.fixed<Digest>();
  row.first_operation = r.u32();
  GALEN_TRY_STATUS(finish(r, true));
  auto decoded = ledger::decode_transaction_header(header);
  if (!decoded) return fail(ErrorCode::kCorrupt, decoded.error().message);
  row.header = *std::move(decoded);
  if (row.header.operation_count != row.commitments.size()) {
    return fail(ErrorCode::kCorrupt, "transaction row: another number of operations");
  }
  return row;
}

Bytes locators_prefix() {
  return Bytes{'l'};
}

Bytes locators_key(Height height) {
  return block_key('l', height);
}

Bytes encode(const Locators& locators) {
  Writer w(2 + locators.size() * KeyName::kSize);
  w.u16(kVersion);
  for (const KeyName& name : locators) w.raw(name);
  return std::move(w).take();
}

Result<Locators> decode_locators(BytesView bytes) {
  Reader r(bytes, "locator row");
  read_version(r);
  Locators locators;
  locators.reserve(r.remaining() / KeyName::kSize);
  while (!r.failed() && r.remaining() > 0) locators.push_back(r.fixed<KeyName>());
  return finish(r, std::move(locators));
}

Bytes public_body_key(const TransactionPlace& place, std::uint16_t operation) {
  Writer w(15);
  w.u8('p').counter(place.height).u32(place.index).u16(operation);
  return std::move(w).take();
}

Bytes encode(const BodyRow& row) {
  Writer w(512);
  w.u16(kVersion).bytes(ledger::encode(row.body)).bytes(ledger::encode(row.result));
  return std::move(w).take();
}

Result<BodyRow> decode_body_row(BytesView bytes) {
  Reader r(bytes, "body row");
  read_version(r);
  const BytesView body_bytes = r.bytes(limits::kMaxTransactionBytes);
  const BytesView result_bytes = r.bytes(limits::kMaxTransactionBytes);
  GALEN_TRY_STATUS(finish(r, true));
  auto body = ledger::decode_operation_body(body_bytes);
  if (!body) return fail(ErrorCode::kCorrupt, body.error().message);
  auto result = ledger::decode_operation_result(result_bytes);
  if (!result) return fail(ErrorCode::kCorrupt, result.error().message);
  return BodyRow{*std::move(body), *std::move(result)};
}

bool is_link_body_row(BytesView bytes) {
  return codec::Reader(bytes, "body row").u16() == kLinkBodyVersion;
}

Bytes encode(const LinkBodyRow& row) {
  Writer w(2 + KeyName::kSize + row.sealed.size());
  w.u16(kLinkBodyVersion).raw(row.other).raw(row.sealed);
  return std::move(w).take();
}

Result<LinkBodyRow> decode_link_body_row(BytesView bytes) {
  Reader r(bytes, "link body row");
  if (r.u16() != kLinkBodyVersion) r.fail_with("unknown version");
  LinkBodyRow row;
  row.other = r.fixed<KeyName>();
  row.sealed = to_bytes(r.rest());
  return finish(r, std::move(row));
}

Bytes encode(const TransactionPlace& place) {
  Writer w(12);
  w.counter(place.height).u32(place.index);
  return std::move(w).take();
}

Result<TransactionPlace> decode_place(BytesView bytes) {
  Reader r(bytes, "transaction index row");
  TransactionPlace place;
  place.height = r.counter<Height>();
  place.index = r.u32();
  return finish(r, place);
}

bool keeps_id(ledger::KeyKind kind) {
  return kind != ledger::KeyKind::kSubjectRoot && kind != ledger::KeyKind::kAuditRoot &&
         kind != ledger::KeyKind::kTombstone;
}

Bytes main_value_prefix(ledger::KeyKind kind) {
  Writer w(2);
  w.u8('v').enumeration(kind);
  return std::move(w).take();
}

Bytes main_value_key(const ledger::StateKey& key) {
  Writer w(40);
  w.raw(main_value_prefix(key.kind));
  if (keeps_id(key.kind)) {
    w.raw(key.id);
  } else {
    w.raw(key.hash());
  }
  return std::move(w).take();
}

Bytes main_page_key(const execution::PageId& id) {
  Writer w(34);
  w.u8('p');
  write_digits(w, id.digits);
  return std::move(w).take();
}

Bytes encode(const ValueRow& row) {
  Writer w(Digest::kSize + row.value.size());
  w.raw(row.s).raw(row.value);
  return std::move(w).take();
}

Result<ValueRow> decode_value_row(BytesView bytes) {
  Reader r(bytes, "value row");
  ValueRow row;
  row.s = r.fixed<Digest>();
  row.value = to_bytes(r.rest());
  return finish(r, std::move(row));
}

Bytes subject_value_prefix(const Handle& handle, ledger::KeyKind kind) {
  Writer w(18);
  w.raw(handle).u8('v').enumeration(kind);
  return std::move(w).take();
}

Bytes subject_value_key(const SubjectKeys& keys, const ledger::StateKey& key) {
  Writer w(34);
  w.raw(subject_value_prefix(keys.handle(), key.kind)).raw(keys.row_name(key.kind, key.id));
  return std::move(w).take();
}

Bytes subject_page_key(const Handle& handle, const execution::PageId& id) {
  Writer w(50);
  w.raw(handle).u8('p');
  write_digits(w, id.digits);
  return std::move(w).take();
}

Bytes body_key(const Handle& handle, const TransactionPlace& place, std::uint16_t operation) {
  Writer w(30);
  w.raw(handle).counter(place.height).u32(place.index).u16(operation);
  return std::move(w).take();
}

Bytes link_body_prefix(const Handle& handle) {
  Writer w(17);
  w.raw(handle).u8(kLinkMark);
  return std::move(w).take();
}

Bytes link_body_key(const Handle& handle, const TransactionPlace& place, std::uint16_t operation) {
  Writer w(31);
  w.raw(link_body_prefix(handle)).counter(place.height).u32(place.index).u16(operation);
  return std::move(w).take();
}

Result<BodyPlace> decode_body_key(BytesView key) {
  constexpr std::size_t kPlaceBytes = 8 + 4 + 2;
  Reader r(key, "body key");
  (void)r.fixed<Handle>();
  if (r.remaining() == kPlaceBytes + 1 && r.u8() != kLinkMark) r.fail_with("unknown mark");
  BodyPlace body;
  body.place.height = r.counter<Height>();
  body.place.index = r.u32();
  body.operation = r.u16();
  return finish(r, body);
}

Bytes encode(const SubjectValueRow& row) {
  Writer w(4 + row.id.size() + Digest::kSize + row.row.value.size());
  w.bytes(row.id).raw(row.row.s).raw(row.row.value);
  return std::move(w).take();
}

Result<SubjectValueRow> decode_subject_value_row(BytesView bytes) {
  Reader r(bytes, "subject value row");
  SubjectValueRow row;
  row.id = to_bytes(r.bytes(limits::kMaxOperationBytes));
  row.row.s = r.fixed<Digest>();
  row.row.value = to_bytes(r.rest());
  return finish(r, std::move(row));
}

Bytes seal_context(Column column, BytesView row_key) {
  Writer w(16 + row_key.size());
  w.tag("galen-row").enumeration(column).raw(row_key);
  return std::move(w).take();
}

Bytes outside_context(BytesView associated_data) {
  Writer w(16 + associated_data.size());
  w.tag("galen-outside").raw(associated_data);
  return std::move(w).take();
}

}  // namespace galen::storage
