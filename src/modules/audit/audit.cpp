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

class Access {
 public:
  Access(const OperationContext& context,
         const AccessRequest& request,
         StateOverlay& state,
         ConsentMemory* memory)
      : context_(context), request_(request), state_(state), memory_(memory) {}

  AccessOutcome run() {
    requester_ = authenticated();
    const auto earlier = requester_ ? find_earlier() : std::nullopt;
    if (earlier) {
      if (is_entry_of(*earlier, context_.operation.value)) return outcome(*earlier);
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

  /// The entry of this request id, person and patient: in the patient's log, else in the own one.
  [[nodiscard]] std::optional<AccessEntry> find_earlier() const {
    for (const PatientId& log : {request_.patient, own_log()}) {
      if (const auto index = find_request(state_, log, request_)) {
        return load_access(state_, log, *index);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_timely() const {
    const std::uint64_t now = context_.block.time.value;
    return request_.expiry.value > now &&
           request_.expiry.value - now <= limits::kMaxAccessRequestMs;
  }

  /// Decides and writes: about known records into the patient's log. A list, and whatever was
  /// refused or is not there, stands in the own log, too, but for a custodian's own patient.
  AccessOutcome record() {
    const auto patient = identity::PatientEntry::load(state_, request_.patient);
    const Decided decided = decide(patient.has_value());
    const bool refused = !std::all_of(decided.known.begin(),
                                      decided.known.end(),
                                      [](const RecordDecision& d) { return d.permit(); });
    const bool hides =
        patient && patient->custodian != context_.submitter && (refused || request_.is_listing());
    const AccessEntry entry = entry_of(decided.known);
    if (hides || decided.has_unknown) {
      const AccessEntry own = asked_entry(context_, state_, entry, reason_of_asking());
      append(own_log(), own);
      if (decided.known.empty()) return outcome(own);
    }
    count_uses(decided.known);
    append(request_.patient, entry);
    return outcome(entry);
  }

  struct Decided {
    std::vector<RecordDecision> known;
    bool has_unknown = false;
  };

  [[nodiscard]] Decided decide(bool patient_known) const {
    if (!patient_known) return {{}, true};
    Decided decided;
    const policy::PolicyTables tables = policy::tables_of(context_.parameters);
    if (request_.is_listing()) {
      decided.known.push_back({request_.records.front(), reason_of_asking(), std::nullopt, {}});
      return decided;
    }
    const policy::Request asked =
        policy_request(request_, policy::Instant::of_block(context_.block.time));
    std::optional<PatientConsent> consent;
    if (!refusal_) {
      consent.emplace(state_, request_.patient, request_.purpose, memory_);
      context_.charge(consent->work());
    }
    for (const RecordId& id : request_.records) {
      const auto entry = records::RecordEntry::load(state_, request_.patient, id);
      if (!entry) {
        decided.has_unknown = true;
      } else if (refusal_) {
        decided.known.push_back({id, *refusal_, std::nullopt, {}});
      } else {
        context_.charge(consent->work_per_record());
        auto decision = consent->decide(tables, *requester_, *entry, asked);
        decided.known.push_back(
            {id, decision.reason, decision.grant, std::move(decision.obligations)});
      }
    }
    return decided;
  }

  /// What can be said without a look at the patient: why nobody was asked, or what becomes of a
  /// list; of records only that none was found.
  [[nodiscard]] Reason reason_of_asking() const {
    if (refusal_) return *refusal_;
    if (!request_.is_listing()) return Reason::kNotFound;
    return judge_listing(policy::tables_of(context_.parameters), *requester_, request_.purpose);
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

  void append(const PatientId& log, const AccessEntry& entry) {
    const std::uint64_t index = append_access(context_, state_, log, entry);
    // A refusal decided nothing: nobody uses up a request id in another's name.
    if (!refusal_) put(request_key(log, request_), encode_request_index(index));
  }

  /// The list of an unknown patient is empty, as is one of which nothing may be discovered.
  [[nodiscard]] AccessOutcome outcome(const AccessEntry& entry) const {
    AccessOutcome result;
    for (const RecordId& id : request_.records) {
      const RecordDecision* decision = entry.find(id);
      const bool permit = entry.asked ? entry.asked->permit() : decision && decision->permit();
      result.permits.push_back(permit);
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
