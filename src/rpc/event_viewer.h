// Who watches the ledger, and what of it he may see: the rules of the queries, asked anew for every
// event on the newest state (PRIVACY.md 27, 28). What is restricted and what is not there give the
// same: no event. Thread rule: values; an EventSight belongs to one thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "rpc/backend.h"
#include "rpc/callers.h"
#include "rpc/event_table.h"
#include "rpc/watched_block.h"

#include <optional>
#include <set>

namespace galen::rpc {

struct EventViewer {
  AccountId organisation;
  ChainId chain;
  std::optional<PatientId> patient;             ///< events about him only
  std::set<v1::EventKind> kinds;                ///< of operations; empty: all
  std::optional<ledger::AccessRequest> person;  ///< who asks for one patient
  ledger::Authorisation authorisation;          ///< by which he does
  bool is_unknown =
      false;  ///< that patient was, when the access was decided: nothing of him is shown
  bool with_headers = false;
  bool headers_only = false;

  [[nodiscard]] bool wants_blocks_only() const {
    return kinds.size() == 1 && kinds.contains(v1::EVENT_BLOCK);
  }

  [[nodiscard]] bool wants(v1::EventKind kind) const {
    return kinds.empty() || kinds.contains(kind);
  }
};

/// Decodes and authenticates: a patient about himself by his signature, for it tells him what is
/// his; anybody else by a committed access, so that it stands in the patient's log
/// (open_list_gate). kInvalidArgument; kUnauthenticated and kExpired for a request that does not
/// stand, errors of the gate; kUnavailable for a person on a node whose state is not confirmed.
[[nodiscard]] Result<EventViewer> open_viewer(const Backend& backend,
                                              const Caller& caller,
                                              const v1::WatchRequest& request);

/// One viewer looking at one state.
class EventSight {
 public:
  /// kUnauthenticated when the person may not act any more. `viewer`, `snapshot` and `reader`
  /// outlive this.
  [[nodiscard]] static Result<EventSight> open(const EventViewer& viewer,
                                               const storage::StateSnapshot& snapshot,
                                               const LedgerReader& reader,
                                               TimeMs now);

  /// The event of one operation as this viewer may see it; nullopt when he may not, or does not
  /// want it. kCorrupt, kNotFound from storage.
  [[nodiscard]] Result<std::optional<v1::OperationEvent>> look(const WatchedBlock& block,
                                                               std::uint32_t transaction,
                                                               std::uint16_t operation,
                                                               v1::EventKind& kind);

 private:
  EventSight(const EventViewer& viewer,
             const storage::StateSnapshot& snapshot,
             const LedgerReader& reader)
      : viewer_(viewer), snapshot_(snapshot), reader_(reader) {}

  [[nodiscard]] Result<std::optional<ledger::OperationResult>> result_of(const WatchedBlock& block,
                                                                         std::uint32_t transaction,
                                                                         std::uint16_t operation);
  /// Whom the event is about to this viewer: of a link the patient he asks for or answers for;
  /// nullopt when it is about none he asks for.
  [[nodiscard]] std::optional<PatientId> subject_for(const ledger::Operation& operation) const;
  /// A review, by whomever, of what this viewer's organisation declared.
  [[nodiscard]] bool reviews_ours(const ledger::Operation& operation) const;
  /// A release, told by the patient's custodian, to a person of this viewer's organisation, who
  /// signed for it. Never a refusal: that would tell what is there (R21).
  [[nodiscard]] bool opened_for_ours(const WatchedBlock& block,
                                     const WatchedTransaction& transaction,
                                     const ledger::Operation& operation) const;
  [[nodiscard]] bool is_subject(const PatientId& subject) const;
  /// Whether the person hears of it as the subject, or as one of those whom it is told to besides.
  /// Who sees records and accesses is asked record by record instead.
  [[nodiscard]] bool is_told(Audience audience, const PatientId& subject) const;
  [[nodiscard]] bool may_discover(const PatientId& patient, const RecordId& record);
  /// False when there is nothing in it for this viewer.
  [[nodiscard]] bool fill_access(const WatchedBlock& block,
                                 const WatchedTransaction& transaction,
                                 const ledger::AccessRequest& request,
                                 const ledger::OperationResult& result,
                                 v1::AccessEvent& event);

  const EventViewer& viewer_;
  const storage::StateSnapshot& snapshot_;
  const LedgerReader& reader_;
  std::optional<policy::Requester> requester_;  ///< with viewer_.person
  policy::Request asked_;
  bool reads_log_ = false;  ///< the person is a proxy to whom his patient's audit log is open
  std::shared_ptr<const audit::PatientConsent> consent_;  ///< of the person's patient, once needed
  std::shared_ptr<const ledger::Parameters> parameters_;
  std::optional<std::pair<storage::TransactionPlace, storage::StoredResults>> results_;
};

}  // namespace galen::rpc
