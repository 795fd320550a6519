#include "modules/audit/audit.h"

#include "base/limits.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "modules/consent/consent.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace galen::audit {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using ledger::AccessRequest;
using policy::Reason;

/// An entry's place.
struct LogPosition {
  PatientId log;
  std::uint64_t index = 0;
};

class Access {
 public:
  Access(const OperationContext& context,
         const AccessRequest& request,
         StateOverlay& state,
         ConsentMemory* memory)
      : context_(context), request_(request), state_(state), memory_(memory) {}

  AccessOutcome run() {
    requester_ = authenticated();
    const std::optional<LogPosition> earlier =
        requester_ ? find_earlier() : std::optional<LogPosition>();
    if (earlier) {
      const auto entry = load_access(state_, earlier->log, earlier->index);
      if (entry->request == request_) return outcome(*entry);
      refusal_ = Reason::kRequestReused;
    } else if (!requester_) {
      refusal_ = Reason::kNotAuthenticated;
    } else if (!is_timely()) {
      refusal_ = Reason::kRequestExpired;
    } else if (!request_.is_listing() && !names_registered_recipient(state_, request_)) {
      refusal_ = Reason::kRecipientKey;
    }
    return record();
  }

 private:
  [[nodiscard]] std::optional<policy::Requester> authenticated() const {
    if (context_.body.authorisations.size() != 1) return std::nullopt;
    return authenticate(state_,
                        request_,
                        identity::signed_operation(context_),
                        context_.body.authorisations.front(),
                        context_.signatures);
  }

  [[nodiscard]] PatientId own_log() const { return organisation_log(context_.submitter); }

  [[nodiscard]] std::optional<LogPosition> find_earlier() const {
    if (const auto index = find_request(state_, request_.patient, request_)) {
      return LogPosition{request_.patient, *index};
    }
    if (const auto index = find_request(state_, own_log(), request_)) {
      return LogPosition{own_log(), *index};
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_timely() const {
    const std::uint64_t now = context_.block.time.value;
    return request_.expiry.value > now &&
           request_.expiry.value - now <= limits::kMaxAccessRequestMs;
  }

  /// Decides and writes: known records to the patient's log, unknown ones to the submitter's own.
  AccessOutcome record() {
    std::vector<RecordDecision> known;
    std::vector<RecordDecision> unknown;
    decide(known, unknown);
    std::optional<LogPosition> answer;
    AccessEntry answered;
    if (!known.empty()) {
      count_uses(known);
      answered = entry_of(std::move(known));
      answer = append(request_.patient, answered);
    }
    if (!unknown.empty()) {
      AccessEntry entry = entry_of(std::move(unknown));
      const LogPosition own = append(own_log(), entry);
      if (!answer) {
        answer = own;
        answered = std::move(entry);
      }
    }
    return outcome(answered);
  }

  void decide(std::vector<RecordDecision>& known, std::vector<RecordDecision>& unknown) const {
    const bool patient_known = identity::PatientEntry::load(state_, request_.patient).has_value();
    const policy::PolicyTables tables = policy::tables_of(context_.parameters);
    if (request_.is_listing()) {
      (patient_known ? known : unknown)
          .push_back(
              {request_.records.front(), reason_of_list(tables, patient_known), std::nullopt, {}});
      return;
    }
    const policy::Request asked =
        policy_request(request_, policy::Instant::of_block(context_.block.time));
    std::optional<PatientConsent> consent;
    if (patient_known && !refusal_) {
      consent.emplace(state_, request_.patient, request_.purpose, memory_);
    }
    for (const RecordId& id : request_.records) {
      const auto entry =
          patient_known ? records::RecordEntry::load(state_, request_.patient, id) : std::nullopt;
      if (refusal_) {
        (entry ? known : unknown).push_back({id, *refusal_, std::nullopt, {}});
      } else if (entry) {
        auto decision = consent->decide(tables, *requester_, *entry, asked);
        known.push_back({id, decision.reason, decision.grant, std::move(decision.obligations)});
      } else {
        unknown.push_back({id, Reason::kUnknownRecord, std::nullopt, {}});
      }
    }
  }

  [[nodiscard]] Reason reason_of_list(const policy::PolicyTables& tables,
                                      bool patient_known) const {
    if (refusal_) return *refusal_;
    const Reason reason = judge_listing(tables, *requester_, request_.purpose);
    return reason == Reason::kListed && !patient_known ? Reason::kUnknownRecord : reason;
  }

  /// Once per request and grant, however many records the grant opened.
  void count_uses(const std::vector<RecordDecision>& decisions) {
    std::set<GrantId> used;
    for (const RecordDecision& decision : decisions) {
      if (decision.permit() && decision.grant) used.insert(*decision.grant);
    }
    for (const GrantId& grant : used) {
      consent::count_use(context_, state_, request_.patient, grant);
    }
  }

  [[nodiscard]] AccessEntry entry_of(std::vector<RecordDecision> decisions) const {
    AccessEntry entry;
    entry.request = request_;
    if (requester_) entry.role = requester_->role;
    entry.submitter = context_.submitter;
    entry.time = context_.block.time;
    entry.height = context_.block.height;
    entry.decisions = std::move(decisions);
    return entry;
  }

  LogPosition append(const PatientId& log, const AccessEntry& entry) {
    const LogPosition position{log, append_access(context_, state_, log, entry)};
    // A refusal decided nothing: nobody uses up a request id in another's name.
    if (!refusal_) {
      put(request_key(log, request_), encode_request_index(position.index));
    }
    return position;
  }

  [[nodiscard]] AccessOutcome outcome(const AccessEntry& entry) const {
    AccessOutcome result;
    for (const RecordId& id : request_.records) {
      const RecordDecision* decision = entry.find(id);
      // The list of an unknown patient is empty, as is one of which nothing may be discovered.
      const bool is_empty_list = request_.is_listing() && decision != nullptr &&
                                 decision->reason == Reason::kUnknownRecord;
      result.permits.push_back(is_empty_list || (decision != nullptr && decision->permit()));
    }
    return result;
  }

  void put(const ledger::StateKey& key, Bytes value) {
    identity::put_entry(context_, state_, key, std::move(value));
  }

  const OperationContext& context_;
  const AccessRequest& request_;
  StateOverlay& state_;
  ConsentMemory* memory_;
  std::optional<policy::Requester> requester_;
  std::optional<Reason> refusal_;  ///< before decide() is asked
};

}  // namespace

Bytes AccessOutcome::encode() const {
  codec::Writer w;
  w.u16(identity::kEntryVersion).count(permits.size());
  for (const bool permit : permits) w.boolean(permit);
  return std::move(w).take();
}

Result<AccessOutcome> AccessOutcome::decode(BytesView bytes) {
  codec::Reader r(bytes, "access outcome");
  identity::read_entry_version(r);
  AccessOutcome outcome;
  const std::size_t count = r.count(limits::kMaxRecordsPerAccess);
  for (std::size_t i = 0; i < count; ++i) outcome.permits.push_back(r.boolean());
  GALEN_TRY_STATUS(r.finish());
  return outcome;
}

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::LogAccess& operation,
                                StateOverlay& state,
                                ConsentMemory* memory) {
  const AccessOutcome outcome = Access(context, operation.request, state, memory).run();
  return {ledger::ResultCode::kOk, outcome.encode()};
}

}  // namespace galen::audit
