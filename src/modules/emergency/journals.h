// The journals of emergency releases as the ledger sees them (PRIVACY.md 25, 26): per node the
// head, anchored without gaps; per entry what was said about it, by the journal's organisation and
// by requesters who hold receipts. What does not fit together stays as evidence. Values FROZEN
// (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace galen::emergency {

/// So many receipts of one node's entries that are in no log yet one member may have brought. Of
/// all its journals together, for whoever has the node's key invents journals; of each member by
/// itself, or the node's own organisation could use up what keeps it honest. A node journals 2,500
/// requests of one organisation at a time (storage/emergency/): the rest is for lost journals.
inline constexpr std::uint32_t kMaxWaitingReceipts = 4096;

/// kJournal: one journal.
struct JournalEntry {
  AccountId organisation;
  std::uint64_t last = 0;                 ///< number of the last entry anchored
  Digest head;                            ///< its hash
  std::uint64_t logged = 0;               ///< entries that are in the logs of their patients
  TimeMs anchored;                        ///< block time of the last anchor
  std::optional<JournalId> follows;       ///< incident: the journal that was lost before this one
  std::optional<JournalId> succeeded_by;  ///< incident: this one was lost
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<JournalEntry> decode(BytesView bytes);
  /// Of the organisation's own: another one that anchors the same id has a journal of its own.
  [[nodiscard]] static ledger::StateKey key(const AccountId& organisation,
                                            const JournalId& journal);
  [[nodiscard]] static std::optional<JournalEntry> load(const execution::StateReader& state,
                                                        const AccountId& organisation,
                                                        const JournalId& journal);
};

/// kJournalPlace, in the audit tree of the journal's organisation: what is known of one number.
struct JournalPlace {
  JournalId journal;
  std::uint64_t number = 0;
  std::optional<Digest> entry;  ///< hash of the entry, as the organisation anchored or logged it
  bool logged = false;
  std::optional<Digest> receipt;  ///< hash in the receipt that a requester anchored
  AccountId receipt_of;           ///< who anchored it; zero without a receipt
  bool contradicted = false;      ///< the node signed two hashes for this number
  friend bool operator==(const JournalPlace&, const JournalPlace&) = default;

  /// Evidence: the node signed one hash for a requester, and another one for another requester, or
  /// its organisation anchored another.
  [[nodiscard]] bool is_mismatch() const {
    return contradicted || (entry && receipt && *entry != *receipt);
  }

  /// Evidence unless it ends soon: the node signed for an entry that is in no log.
  [[nodiscard]] bool is_gap() const { return receipt && !logged; }

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<JournalPlace> decode(BytesView bytes);
  /// Of the entry `number`.
  [[nodiscard]] static ledger::StateKey key(const AccountId& organisation,
                                            const JournalId& journal,
                                            std::uint64_t number);
  /// Nothing is known of it unless it is in the state.
  [[nodiscard]] static JournalPlace load(const execution::StateReader& state,
                                         const AccountId& organisation,
                                         const JournalId& journal,
                                         std::uint64_t number);
};

/// kWaitingReceipts, in the audit tree of the organisation whose node signed, under the member that
/// brought them: receipts whose entries are in no log yet. Gone with the last of them.
struct WaitingReceipts {
  std::uint32_t count = 0;
  friend bool operator==(const WaitingReceipts&, const WaitingReceipts&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<WaitingReceipts> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& organisation, const AccountId& member);
  /// None unless it is in the state.
  [[nodiscard]] static WaitingReceipts load(const execution::StateReader& state,
                                            const AccountId& organisation,
                                            const AccountId& member);
};

/// Places with a receipt that does not fit, by journal and number.
[[nodiscard]] std::vector<JournalPlace> list_evidence(const execution::StateReader& state,
                                                      const AccountId& organisation);

/// The key that signs receipts of an organisation's node; genesis wrote it.
[[nodiscard]] std::optional<PublicKey> receipt_key(const execution::StateReader& state,
                                                   const AccountId& organisation);

/// Takes note that the entry is in a log: its hash has to fit what is known of its number and of
/// the number before. kUnknownJournal (the submitter has no such journal), kJournalGap (not
/// anchored yet), kAlreadyExists (this very entry), kJournalConflict.
[[nodiscard]] ledger::ResultCode note_logged(const execution::OperationContext& context,
                                             const ledger::LogEmergency& operation,
                                             execution::StateOverlay& state);

/// kNotAuthorised, kUnknownOrganisation, kOrganisationInactive, kBadAuthorisation (none is due),
/// kJournalGap (does not continue the journal), kJournalConflict (another entry stands at this
/// number; or another journal than the present one is said to be lost), kAlreadyExists.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::AnchorJournal& operation,
                                              execution::StateOverlay& state);

/// Any member may bring one. kUnknownOrganisation (without a node), kBadAuthorisation,
/// kBadSignature, kAlreadyExists, kQuotaExceeded (too many that it brought wait for their entries).
/// A receipt that contradicts the journal is accepted: it is the evidence.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::AnchorJournalReceipt& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::emergency
