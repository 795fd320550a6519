#include "ledger/erasure_entries.h"

#include "codec/codec.h"
#include "crypto/digest.h"
#include "ledger/shared_fields.h"

#include <utility>

namespace galen::ledger {

namespace fields {

template <class C>
void describe(C& c, Of<C, Erasure>& v) {
  c(v.request, v.basis, v.operations, v.time, v.height);
}

template <class C>
void describe(C& c, Of<C, Tombstone>& v) {
  c(v.subject, v.scope, v.custodian, v.erased, v.audit_until, v.audit);
  c.check(v.scope != ErasureScope::kAudit, "a tombstone of an audit compartment alone");
  c.check(v.scope == ErasureScope::kPatient || (v.audit_until.value == 0 && !v.audit),
          "an audit compartment of a record");
}

template <class C>
void describe(C& c, Of<C, ErasureRequestEntry>& v) {
  c(v.path, v.scope, v.record, v.basis, v.submitter, v.custodian, v.by_patient, v.ordered);
  c.check((v.scope == ErasureScope::kRecord) == v.record.has_value(),
          "a record that does not fit the scope");
}

template <class C>
void describe(C& c, Of<C, ErasureOrderEntry>& v) {
  c(v.request, v.path, v.scope, v.record);
  c.check((v.scope == ErasureScope::kRecord) == v.record.has_value(),
          "a record that does not fit the scope");
}

template <class C>
void describe(C& c, Of<C, AttestationEntry>& v) {
  auto& a = v.attestation;
  c(a.order, a.operation, a.node, a.phase);
  c.sorted(a.retained, limits::kMaxRetainedItems, "retained items");
  c(a.time, v.recorded);
}

template <class C>
void describe(C& c, Of<C, Hold>& v) {
  c(v.id, v.scope);
  c.sorted(v.records, limits::kMaxRecordsInScope, "record paths");
  c(v.submitter, v.authority, v.basis, v.document, v.until);
}

template <class C>
void describe(C& c, Of<C, HoldsEntry>& v) {
  c.sorted(v.holds, limits::kMaxHoldsPerPatient, "holds");
}

template <class C>
void describe(C& c, Of<C, SealedEntry>& v) {
  c(v.until);
}

}  // namespace fields

namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kRequestVersion = 2;  // before, requests had no time

template <class Entry>
Bytes encoded(const Entry& entry) {
  codec::Writer writer;
  writer.u16(kVersion);
  fields::FieldWriter field_writer(writer);
  fields::describe(field_writer, entry);
  return std::move(writer).take();
}

template <class Entry>
Result<Entry> decoded(BytesView bytes, std::string_view what) {
  codec::Reader reader(bytes, what);
  if (reader.u16() != kVersion) reader.fail_with("unknown version");
  Entry entry;
  fields::FieldReader field_reader(reader);
  fields::describe(field_reader, entry);
  GALEN_TRY_STATUS(reader.finish());
  return entry;
}

}  // namespace

Bytes Tombstone::encode() const {
  return encoded(*this);
}

Result<Tombstone> Tombstone::decode(BytesView bytes) {
  return decoded<Tombstone>(bytes, "tombstone");
}

StateKey Tombstone::key(const SubjectPath& subject) {
  return StateKey::main(KeyKind::kTombstone, subject);
}

StateKey Tombstone::key(const RecordPath& record) {
  return StateKey::main(KeyKind::kTombstone, record);
}

Bytes ErasureRequestEntry::encode() const {
  codec::Writer writer;
  writer.u16(kRequestVersion);
  fields::FieldWriter field_writer(writer);
  fields::describe(field_writer, *this);
  field_writer(withdrawn, time, key_held_by);
  return std::move(writer).take();
}

Result<ErasureRequestEntry> ErasureRequestEntry::decode(BytesView bytes) {
  codec::Reader reader(bytes, "erasure request entry");
  const std::uint16_t version = reader.u16();
  if (version != kVersion && version != kRequestVersion) reader.fail_with("unknown version");
  ErasureRequestEntry entry;
  fields::FieldReader field_reader(reader);
  fields::describe(field_reader, entry);
  if (version == kRequestVersion) {
    field_reader(entry.withdrawn, entry.time, entry.key_held_by);
    if (entry.ordered && entry.withdrawn) reader.fail_with("ordered and withdrawn");
    if (entry.key_held_by.has_value() != entry.by_patient) reader.fail_with("a key of nobody");
  }
  GALEN_TRY_STATUS(reader.finish());
  return entry;
}

StateKey ErasureRequestEntry::key(const ErasureId& request) {
  return StateKey::main(KeyKind::kErasureRequest, request);
}

Bytes ErasureOrderEntry::encode() const {
  return encoded(*this);
}

Result<ErasureOrderEntry> ErasureOrderEntry::decode(BytesView bytes) {
  return decoded<ErasureOrderEntry>(bytes, "erasure order entry");
}

StateKey ErasureOrderEntry::key(const TxId& order, std::uint16_t operation) {
  codec::Writer id(TxId::kSize + 2);
  id.raw(order).u16(operation);
  return StateKey::main(KeyKind::kErasureOrder, id.view());
}

Bytes AttestationEntry::encode() const {
  return encoded(*this);
}

Result<AttestationEntry> AttestationEntry::decode(BytesView bytes) {
  return decoded<AttestationEntry>(bytes, "attestation entry");
}

StateKey AttestationEntry::key(const TxId& order,
                               std::uint16_t operation,
                               const AccountId& node,
                               ErasurePhase phase) {
  const Digest id = crypto::Hasher("attestation-of")
                        .raw(order)
                        .u16(operation)
                        .raw(node)
                        .u8(static_cast<std::uint8_t>(phase))
                        .finish();
  return StateKey::main(KeyKind::kAttestation, id);
}

Bytes HoldsEntry::encode() const {
  return encoded(*this);
}

Result<HoldsEntry> HoldsEntry::decode(BytesView bytes) {
  return decoded<HoldsEntry>(bytes, "holds entry");
}

StateKey HoldsEntry::key(const SubjectPath& subject) {
  return StateKey::main(KeyKind::kHold, subject);
}

Bytes SealedEntry::encode() const {
  return encoded(*this);
}

Result<SealedEntry> SealedEntry::decode(BytesView bytes) {
  return decoded<SealedEntry>(bytes, "sealed entry");
}

StateKey SealedEntry::key(const PatientId& patient) {
  return StateKey::audit(patient, KeyKind::kSealed, patient);
}

}  // namespace galen::ledger
