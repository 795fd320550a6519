// State values that erasures leave in the main tree (PRIVACY.md 12, 13). They name paths only, so
// they may stay for ever; node, storage and offline checks read them too. FROZEN (docs/formats.md).
// Thread rule: values.
#pragma once

#include "base/result.h"
#include "ledger/erasure_operations.h"
#include "ledger/state_key.h"

#include <optional>
#include <vector>

namespace galen::ledger {

/// What one order did.
struct Erasure {
  ErasureId request;
  ErasureBasis basis = ErasureBasis::kPatientRequest;
  std::uint64_t operations = 0;  ///< bodies that went with it
  TimeMs time;                   ///< of the block of the order
  Height height;                 ///< of that block
  friend bool operator==(const Erasure&, const Erasure&) = default;
};

/// kTombstone, id = subject path or record path: it is gone and never returns.
struct Tombstone {
  SubjectPath subject;                          ///< of a record: whose it was
  ErasureScope scope = ErasureScope::kPatient;  ///< kPatient or kRecord
  AccountId custodian;
  Erasure erased;
  TimeMs audit_until;            ///< zero for a record
  std::optional<Erasure> audit;  ///< the audit compartment has gone too
  friend bool operator==(const Tombstone&, const Tombstone&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<Tombstone> decode(BytesView bytes);
  [[nodiscard]] static StateKey key(const SubjectPath& subject);
  [[nodiscard]] static StateKey key(const RecordPath& record);
};

/// How long an order may follow its request (FROZEN: the same on every node). GDPR Art. 12(3): one
/// month, or three.
inline constexpr std::uint64_t kErasureRequestMs = std::uint64_t{90} * 24 * 60 * 60 * 1000;

/// kErasureRequest, id = request.
struct ErasureRequestEntry {
  SubjectPath path;
  ErasureScope scope = ErasureScope::kPatient;
  std::optional<RecordPath> record;
  ErasureBasis basis = ErasureBasis::kPatientRequest;
  AccountId submitter;
  AccountId custodian;
  bool by_patient = false;  ///< else by the custodian and a second organisation
  bool ordered = false;     ///< an order used it
  bool withdrawn = false;   ///< not together with ordered
  TimeMs time;              ///< of its block
  /// Of the key the patient signed with; absent when two organisations asked.
  std::optional<KeyHolder> key_held_by{};
  friend bool operator==(const ErasureRequestEntry&, const ErasureRequestEntry&) = default;

  /// Whether an order in a block of this time may still use it.
  [[nodiscard]] bool is_open(TimeMs now) const {
    return !ordered && !withdrawn && now.value < time.value + kErasureRequestMs;
  }

  [[nodiscard]] Bytes encode() const;
  /// kMalformed. One of version 1 has time zero: it is not open any more.
  [[nodiscard]] static Result<ErasureRequestEntry> decode(BytesView bytes);
  [[nodiscard]] static StateKey key(const ErasureId& request);
};

/// kErasureOrder, id = transaction || u16 operation.
struct ErasureOrderEntry {
  ErasureId request;
  SubjectPath path;
  ErasureScope scope = ErasureScope::kPatient;
  std::optional<RecordPath> record;
  friend bool operator==(const ErasureOrderEntry&, const ErasureOrderEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<ErasureOrderEntry> decode(BytesView bytes);
  [[nodiscard]] static StateKey key(const TxId& order, std::uint16_t operation);
};

/// kAttestation, id = H("attestation-of" || order || u16 operation || node || u8 phase).
struct AttestationEntry {
  AttestErasure attestation;
  TimeMs recorded;  ///< block time
  friend bool operator==(const AttestationEntry&, const AttestationEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<AttestationEntry> decode(BytesView bytes);
  [[nodiscard]] static StateKey key(const TxId& order,
                                    std::uint16_t operation,
                                    const AccountId& node,
                                    ErasurePhase phase);
};

/// A legal hold as orders see it.
struct Hold {
  HoldId id;
  HoldScope scope = HoldScope::kPatient;
  std::vector<RecordPath> records;  ///< sorted, unique
  AccountId submitter;
  AccountId authority;
  HoldBasis basis = HoldBasis::kCourtOrder;
  Digest document;
  TimeMs until;  ///< exclusive
  friend auto operator<=>(const Hold&, const Hold&) = default;
};

/// kHold, id = subject path: sorted by id, unique.
struct HoldsEntry {
  std::vector<Hold> holds;
  friend bool operator==(const HoldsEntry&, const HoldsEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<HoldsEntry> decode(BytesView bytes);
  [[nodiscard]] static StateKey key(const SubjectPath& subject);
};

/// Audit tree of an erased patient, kSealed, id = patient: the compartment outlives its patient
/// until then, and the last order finds whose it is.
struct SealedEntry {
  TimeMs until;
  friend bool operator==(const SealedEntry&, const SealedEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<SealedEntry> decode(BytesView bytes);
  [[nodiscard]] static StateKey key(const PatientId& patient);
};

}  // namespace galen::ledger
