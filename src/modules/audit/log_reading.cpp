#include "modules/audit/log_reading.h"

#include "base/limits.h"
#include "ledger/erasure_entries.h"
#include "modules/audit/evaluation.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace galen::audit {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::LogAuditRead;
using policy::Reason;
using policy::Requester;

bool is_organisation_itself(const LogAuditRead& operation) {
  return operation.person == operation.organisation;
}

/// Privacy officers have no purposes of their own in the table of access requests: they open no
/// record.
bool may_read_for(const ledger::Parameters& parameters,
                  ledger::Role role,
                  std::string_view purpose) {
  static constexpr std::array<std::string_view, 4> kOfficersPurposes{
      "FRAUD", "HOPERAT", "HQUALIMP", "PATRQT"};
  const bool officers = std::find(kOfficersPurposes.begin(), kOfficersPurposes.end(), purpose) !=
                        kOfficersPurposes.end();
  return (role == ledger::Role::kPrivacyOfficer && officers) ||
         policy::may_assert(policy::tables_of(parameters), role, purpose);
}

/// Entries cannot be shown in part without giving their completeness away, so a proxy from whom
/// something is hidden reads nothing.
Reason judge_proxy(const StateReader& state,
                   const LogAuditRead& operation,
                   const policy::Instant& at) {
  const auto proxy = identity::ProxyEntry::load(state, operation.log, operation.person);
  if (!proxy) return Reason::kProxyNotAuthorized;
  const auto& purposes = proxy->terms.purposes;
  if (std::find(purposes.begin(), purposes.end(), operation.purpose) == purposes.end()) {
    return Reason::kProxyNotAuthorized;
  }
  if (at.earliest < proxy->terms.from || proxy->end() <= at.latest) return Reason::kProxyExpired;
  return proxy->terms.excluded_labels.empty() ? Reason::kProxy : Reason::kProxyScope;
}

class Reading {
 public:
  Reading(const OperationContext& context, const LogAuditRead& operation, StateOverlay& state)
      : context_(context), operation_(operation), request_(request_of(operation)), state_(state) {}

  ReadOutcome run() {
    const auto reader = authenticated();
    if (!reader) return record(reader, Reason::kNotAuthenticated);
    for (const PatientId& log : {operation_.log, own_log()}) {
      const auto earlier = find_request(state_, log, request_);
      if (!earlier) continue;
      const auto entry = load_access(state_, log, *earlier);
      if (!entry) continue;
      if (!is_entry_of(*entry, context_.operation.value)) {
        return record(reader, Reason::kRequestReused);
      }
      return {entry->act && entry->act->permit()};
    }
    const Reason reason = is_timely()
                              ? judge_reading(state_,
                                              context_.parameters,
                                              operation_,
                                              *reader,
                                              policy::Instant::of_block(context_.block.time))
                              : Reason::kRequestExpired;
    return record(reader, reason);
  }

 private:
  [[nodiscard]] PatientId own_log() const { return organisation_log(context_.submitter); }

  [[nodiscard]] std::optional<Requester> authenticated() const {
    const auto& given = context_.body.authorisations;
    if (operation_.organisation != context_.submitter) return std::nullopt;
    if (is_organisation_itself(operation_)) {
      return given.empty() ? load_reader(state_, operation_) : std::nullopt;
    }
    if (given.size() != 1) return std::nullopt;
    return authenticate(
        state_, request_, identity::signed_operation(context_), given.front(), context_.signatures);
  }

  [[nodiscard]] bool is_timely() const {
    const std::uint64_t now = context_.block.time.value;
    return operation_.expiry.value > now &&
           operation_.expiry.value - now <= limits::kMaxAccessRequestMs;
  }

  /// Into the log itself. A refusal stands in the own log, too, as does what asks for a log that is
  /// not there: with one word, unless nobody had to be asked.
  ReadOutcome record(const std::optional<Requester>& reader, Reason reason) {
    AccessEntry entry;
    entry.request = request_;
    if (reader && !is_organisation_itself(operation_)) entry.role = reader->role;
    entry.submitter = context_.submitter;
    entry.time = context_.block.time;
    entry.height = context_.block.height;
    entry.act = LogAct{operation_, reason};
    const bool permit = entry.act->permit();
    // As for an access: what was not judged uses up nobody's request id.
    const bool judged = reason < Reason::kNotAuthenticated || reason == Reason::kUnknownRecord ||
                        reason == Reason::kNotAReader;
    const auto owner = log_owner(state_, operation_.log);
    if (owner) append(operation_.log, entry, judged);
    if (!owner || (!permit && *owner != context_.submitter)) {
      const Reason told = judged ? Reason::kNotFound : reason;
      append(own_log(), asked_entry(context_, state_, entry, told), judged);
    }
    return {permit};
  }

  void append(const PatientId& log, const AccessEntry& entry, bool judged) {
    const std::uint64_t index = append_access(context_, state_, log, entry);
    if (!judged) return;
    identity::put_entry(context_, state_, request_key(log, request_), encode_request_index(index));
  }

  const OperationContext& context_;
  const LogAuditRead& operation_;
  const ledger::AccessRequest request_;
  StateOverlay& state_;
};

}  // namespace

Bytes ReadOutcome::encode() const {
  codec::Writer w;
  w.u16(identity::kEntryVersion).boolean(permit);
  return std::move(w).take();
}

Result<ReadOutcome> ReadOutcome::decode(BytesView bytes) {
  codec::Reader r(bytes, "outcome of a reading");
  identity::read_entry_version(r);
  const ReadOutcome outcome{r.boolean()};
  GALEN_TRY_STATUS(r.finish());
  return outcome;
}

std::optional<AccountId> log_owner(const StateReader& state, const PatientId& log) {
  if (const auto patient = identity::PatientEntry::load(state, log)) return patient->custodian;
  // Until the retention of his log ends, who kept an erased patient answers for it (PRIVACY.md 20).
  const auto stone = identity::load_entry<ledger::Tombstone>(
      state, ledger::Tombstone::key(ledger::subject_path(log)));
  if (stone) return stone->audit ? std::nullopt : std::optional(stone->custodian);
  const auto account = id_cast<AccountId>(log);
  if (execution::OrganisationEntry::load(state, account)) return account;
  return std::nullopt;
}

std::optional<Requester> load_reader(const StateReader& state, const LogAuditRead& operation) {
  if (!is_organisation_itself(operation)) return load_requester(state, request_of(operation));
  const auto organisation = execution::OrganisationEntry::load(state, operation.organisation);
  if (!organisation) return std::nullopt;
  Requester reader;
  reader.person = operation.person;
  reader.role = ledger::Role::kPrivacyOfficer;
  reader.organisation = operation.organisation;
  reader.kind = organisation->kind;
  reader.region = organisation->region;
  reader.organisation_active = organisation->active;
  return reader;
}

Reason judge_reading(const StateReader& state,
                     const ledger::Parameters& parameters,
                     const LogAuditRead& operation,
                     const Requester& reader,
                     const policy::Instant& at) {
  const auto owner = log_owner(state, operation.log);
  if (!owner) return Reason::kUnknownRecord;
  if (!may_read_for(parameters, reader.role, operation.purpose)) return Reason::kPurpose;
  if (!reader.organisation_active || !reader.person_active) return Reason::kMemberInactive;
  const bool own = *owner == reader.organisation;
  switch (reader.role) {
    case ledger::Role::kPatient: return Reason::kSelf;
    case ledger::Role::kProxy: return judge_proxy(state, operation, at);
    case ledger::Role::kAuditor:
      if (own) return Reason::kOwnRecord;
      // What is left of an erased patient is sealed: for who answers for it (PRIVACY.md 20).
      return identity::is_erased(state, operation.log) ? Reason::kNotAReader : Reason::kAuditor;
    case ledger::Role::kPrivacyOfficer: return own ? Reason::kOwnRecord : Reason::kNotAReader;
    default: return Reason::kNotAReader;
  }
}

ledger::OperationResult execute(const OperationContext& context,
                                const LogAuditRead& operation,
                                StateOverlay& state) {
  return {ledger::ResultCode::kOk, Reading(context, operation, state).run().encode()};
}

std::optional<std::uint64_t> find_reading(const StateReader& state,
                                          const PatientId& log,
                                          const LogAuditRead& operation) {
  const auto index = find_request(state, log, request_of(operation));
  const auto entry = index ? load_access(state, log, *index) : std::nullopt;
  if (!entry || !entry->act) return std::nullopt;
  const auto* read = std::get_if<LogAuditRead>(&entry->act->operation);
  return read != nullptr && *read == operation ? index : std::nullopt;
}

}  // namespace galen::audit
