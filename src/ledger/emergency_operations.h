// Break-glass (PRIVACY.md 25, 26): declared by a person, released from a journal on the custodian's
// node without waiting for consensus, anchored and logged later, reviewed by another. FROZEN
// (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/audit_operations.h"
#include "ledger/codes.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace galen::ledger {

/// Authorised by the person (kRequester); the submitter is his organisation. A node cut off from
/// the others honours it before it is on the chain.
struct DeclareEmergency {
  static constexpr OperationType kType = OperationType::kDeclareEmergency;
  DeclarationId declaration;  ///< declaration_id(chain, this): of everything that is declared
  Random32 seed;
  AccountId person;
  AccountId organisation;
  PatientId patient;
  EmergencyReason reason = EmergencyReason::kLifeThreatening;
  EmergencyScope scope = EmergencyScope::kPatient;
  std::vector<RecordId> records;  ///< sorted, unique; not empty exactly when the scope is kRecords
  TimeMs from;
  TimeMs to;  ///< exclusive; at most the parameter `emergency max` after `from`

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const DeclareEmergency&, const DeclareEmergency&) = default;
};

/// PUBLIC. The head of a node's journal after some more entries. The submitter is the organisation
/// whose node keeps it. Entries are anchored in order and without gaps; late is accepted and seen.
struct AnchorJournal {
  static constexpr OperationType kType = OperationType::kAnchorJournal;
  AccountId organisation;
  JournalId journal;              ///< random
  std::uint64_t first = 1;        ///< number of the first entry since the last anchor; from 1
  std::uint64_t last = 1;         ///< at least first
  Digest previous;                ///< hash of entry first - 1; zero when there is none
  Digest head;                    ///< hash of entry last
  std::optional<JournalId> lost;  ///< with the first anchor: the journal that this one follows
  friend bool operator==(const AnchorJournal&, const AnchorJournal&) = default;
};

/// One entry of a journal: one emergency request and what was decided on it. The entry of the
/// patient's log is written when this executes. Its authorisation is the requester's over LogAccess
/// of the same request, since he signs before the entry exists. The journal holds these very bytes.
struct LogEmergency {
  static constexpr OperationType kType = OperationType::kLogEmergency;
  JournalId journal;
  std::uint64_t number = 1;  ///< in the journal, from 1
  Digest previous;           ///< hash of the entry before; zero for the first
  Random32 salt;             ///< without it the anchored hash says nothing about the entry
  DeclarationId declaration;
  AccessRequest request;
  std::vector<std::uint8_t> reasons;  ///< of policy/reason.h, in the order of the request's records
  Height state_height;                ///< the state it was decided on
  TimeMs time;                        ///< by the clock of the node

  [[nodiscard]] PatientId subject() const { return request.patient; }

  friend bool operator==(const LogEmergency&, const LogEmergency&) = default;
};

/// PUBLIC. What the requester's node got with the keys, anchored by it: the journal's organisation
/// cannot leave the entry out unseen.
struct AnchorJournalReceipt {
  static constexpr OperationType kType = OperationType::kAnchorJournalReceipt;
  AccountId organisation;  ///< whose node keeps the journal
  JournalId journal;
  std::uint64_t number = 1;
  Digest entry;         ///< hash of the entry
  Signature signature;  ///< over journal_receipt_statement() by that node's receipt key
  friend bool operator==(const AnchorJournalReceipt&, const AnchorJournalReceipt&) = default;
};

/// Authorised by the reviewer (kRequester): a person of another role than the one who declared.
struct ReviewEmergency {
  static constexpr OperationType kType = OperationType::kReviewEmergency;
  PatientId patient;
  DeclarationId declaration;
  AccountId reviewer;
  ReviewOutcome outcome = ReviewOutcome::kJustified;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const ReviewEmergency&, const ReviewEmergency&) = default;
};

/// H("declaration" || chain || len(DeclareEmergency operation, its id zero)): one id, one content.
[[nodiscard]] DeclarationId declaration_id(const ChainId& chain, DeclareEmergency declaration);
/// H("journal-entry" || chain || len(LogEmergency operation)).
[[nodiscard]] Digest journal_entry_hash(const ChainId& chain, const LogEmergency& entry);
/// tag "journal-receipt" || u16 version || chain || journal || u64 number || hash of the entry.
[[nodiscard]] Bytes journal_receipt_statement(const ChainId& chain,
                                              const JournalId& journal,
                                              std::uint64_t number,
                                              const Digest& entry);

}  // namespace galen::ledger
