#include "modules/audit/entries.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/fields.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace galen::audit {

namespace {

using codec::Reader;
using codec::Writer;
using execution::StateReader;
using ledger::KeyKind;
using ledger::StateKey;

/// Of an entry about an act.
constexpr std::uint16_t kActVersion = 2;
/// Of what the asking organisation's log keeps.
constexpr std::uint16_t kAskedVersion = 3;
/// "erase-by=" with the largest time that a counter holds fits.
constexpr std::size_t kMaxObligationBytes = 64;
/// Label obligations, erase-by, accounting and the superseded version.
constexpr std::size_t kMaxObligations = limits::kMaxLabelObligations + 4;
constexpr std::size_t kMaxPeaks = 64;

void write(Writer& w, const RecordDecision& decision) {
  w.raw(decision.record).enumeration(decision.reason);
  w.boolean(decision.grant.has_value());
  if (decision.grant) w.raw(*decision.grant);
  w.count(decision.obligations.size());
  for (const std::string& obligation : decision.obligations) w.text(obligation);
}

policy::Reason read_reason(Reader& r) {
  return r.enumeration<policy::Reason>([](policy::Reason v) { return policy::is_valid(v); });
}

RecordDecision read_decision(Reader& r) {
  RecordDecision decision;
  decision.record = r.fixed<RecordId>();
  decision.reason = read_reason(r);
  if (r.boolean()) decision.grant = r.fixed<GrantId>();
  const std::size_t count = r.count(kMaxObligations);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    decision.obligations.push_back(r.text(kMaxObligationBytes));
  }
  return decision;
}

std::vector<RecordDecision> read_decisions(Reader& r) {
  std::vector<RecordDecision> decisions;
  const std::size_t count = r.count(limits::kMaxRecordsPerAccess);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    RecordDecision next = read_decision(r);
    if (!decisions.empty() && !(decisions.back().record < next.record)) {
      r.fail_with("decisions unsorted or twice the same");
    }
    decisions.push_back(std::move(next));
  }
  return decisions;
}

ledger::Operation operation_of(const AccessEntry& entry) {
  if (entry.act) {
    return std::visit([](const auto& value) { return ledger::Operation(value); },
                      entry.act->operation);
  }
  if (entry.emergency) return *entry.emergency;
  return ledger::LogAccess{entry.request};
}

/// What version 1 holds: an access, or an emergency release.
Status take_access(ledger::Operation operation, AccessEntry& entry) {
  if (auto* late = std::get_if<ledger::LogEmergency>(&operation)) {
    entry.request = late->request;
    entry.emergency = std::move(*late);
    return {};
  }
  auto* access = std::get_if<ledger::LogAccess>(&operation);
  if (access == nullptr) return fail(ErrorCode::kMalformed, "access entry: not of an access");
  entry.request = std::move(access->request);
  return {};
}

/// What version 2 holds.
Status take_act(ledger::Operation operation,
                const std::optional<policy::Reason>& reason,
                AccessEntry& entry) {
  if (auto* read = std::get_if<ledger::LogAuditRead>(&operation)) {
    if (!reason) return fail(ErrorCode::kMalformed, "access entry: a reading without a reason");
    entry.request = request_of(*read);
    entry.act = LogAct{std::move(*read), reason};
    return {};
  }
  auto* done = std::get_if<ledger::LogAdministration>(&operation);
  if (done == nullptr || reason) {
    return fail(ErrorCode::kMalformed, "access entry: not of an act, or decided");
  }
  entry.request = request_of(*done);
  entry.act = LogAct{std::move(*done), {}};
  return {};
}

bool fits(const std::optional<policy::Reason>& reason,
          ledger::OperationType type,
          ledger::Action action) {
  using ledger::OperationType;
  using policy::Reason;
  if (type == OperationType::kLogAdministration) return !reason;
  if (!reason) return false;
  switch (*reason) {
    case Reason::kNotFound: return true;
    case Reason::kBreakGlass: return type == OperationType::kLogEmergency;
    case Reason::kListed:
    case Reason::kPurpose:
    case Reason::kMemberInactive:
      return type == OperationType::kLogAccess && action == ledger::Action::kDiscover;
    case Reason::kRecipientKey: return type == OperationType::kLogAccess;
    case Reason::kNotAuthenticated:
    case Reason::kRequestExpired:
    case Reason::kRequestReused: return type != OperationType::kLogEmergency;
    default: return false;
  }
}

bool has_action(ledger::OperationType type) {
  return type == ledger::OperationType::kLogAccess || type == ledger::OperationType::kLogEmergency;
}

bool is_logged_type(ledger::OperationType type) {
  return has_action(type) || type == ledger::OperationType::kLogAuditRead ||
         type == ledger::OperationType::kLogAdministration;
}

/// What version 3 holds in place of operation and decisions.
void write(Writer& w, const ledger::AccessRequest& request, const Asked& asked) {
  w.raw(request.person).raw(request.organisation).text(request.purpose);
  w.enumeration(request.action).enumeration(asked.type);
  w.raw(asked.transaction).u16(asked.operation).raw(asked.digest);
  w.boolean(asked.reason.has_value());
  if (asked.reason) w.enumeration(*asked.reason);
  if (asked.release) {
    w.raw(asked.release->journal).u64(asked.release->number).counter(asked.release->time);
  }
  if (asked.told) {
    w.enumeration(asked.told->act).boolean(asked.told->recipient.has_value());
    if (asked.told->recipient) w.raw(*asked.told->recipient);
    w.counter(asked.told->time);
  }
}

void read_word(Reader& r, Asked& asked) {
  if (asked.type == ledger::OperationType::kLogEmergency) {
    Asked::Release& release = asked.release.emplace();
    release.journal = r.fixed<JournalId>();
    release.number = r.u64();
    release.time = r.counter<TimeMs>();
  }
  if (asked.type == ledger::OperationType::kLogAdministration) {
    Asked::Told& told = asked.told.emplace();
    told.act = identity::read_code<ledger::AdministrativeAct>(r);
    if (r.boolean()) told.recipient = r.fixed<AccountId>();
    told.time = r.counter<TimeMs>();
  }
}

void read(Reader& r, AccessEntry& entry) {
  entry.request.person = r.fixed<AccountId>();
  entry.request.organisation = r.fixed<AccountId>();
  entry.request.purpose = ledger::fields::read_code(r, limits::kMaxCodeBytes);
  entry.request.action = identity::read_code<ledger::Action>(r);
  Asked& asked = entry.asked.emplace();
  asked.type = identity::read_code<ledger::OperationType>(r);
  asked.transaction = r.fixed<TxId>();
  asked.operation = r.u16();
  asked.digest = r.fixed<Digest>();
  if (r.boolean()) asked.reason = read_reason(r);
  read_word(r, asked);
  if (r.failed()) return;
  if (!is_logged_type(asked.type)) r.fail_with("of an operation that leaves no entry");
  if (!has_action(asked.type) && entry.request.action != ledger::Action::kRead) {
    r.fail_with("an action where there is none");
  }
  if (!fits(asked.reason, asked.type, entry.request.action)) {
    r.fail_with("a reason that does not fit");
  }
}

/// What the submitter says itself.
void add_word(const ledger::Operation& operation, Asked& asked) {
  if (const auto* late = std::get_if<ledger::LogEmergency>(&operation)) {
    asked.release = Asked::Release{late->journal, late->number, late->time};
  }
  if (const auto* act = std::get_if<ledger::LogAdministration>(&operation)) {
    asked.told = Asked::Told{act->act, act->recipient, act->time};
  }
}

template <class Act>
ledger::AccessRequest request_of_act(const Act& act) {
  ledger::AccessRequest request;
  request.request = act.request;
  request.person = act.person;
  request.organisation = act.organisation;
  request.patient = act.log;
  request.purpose = act.purpose;
  return request;
}

Bytes index_bytes(std::uint64_t index) {
  Writer w;
  w.u64(index);
  return std::move(w).take();
}

/// Value of kRequest.
struct RequestIndex {
  std::uint64_t index = 0;

  [[nodiscard]] static Result<RequestIndex> decode(BytesView bytes) {
    Reader r(bytes, "request index");
    identity::read_entry_version(r);
    const RequestIndex value{r.u64()};
    GALEN_TRY_STATUS(r.finish());
    return value;
  }
};

}  // namespace

ledger::AccessRequest request_of(const ledger::LogAuditRead& operation) {
  ledger::AccessRequest request = request_of_act(operation);
  request.expiry = operation.expiry;
  return request;
}

ledger::AccessRequest request_of(const ledger::LogAdministration& operation) {
  return request_of_act(operation);
}

const RecordDecision* AccessEntry::find(const RecordId& record) const {
  const auto found = std::find_if(
      decisions.begin(), decisions.end(), [&record](const auto& d) { return d.record == record; });
  return found == decisions.end() ? nullptr : &*found;
}

Bytes AccessEntry::encode() const {
  Writer w;
  const std::uint16_t with_operation = act ? kActVersion : identity::kEntryVersion;
  w.u16(asked ? kAskedVersion : with_operation).boolean(role.has_value());
  if (role) w.enumeration(*role);
  w.raw(submitter).counter(time).counter(height);
  if (asked) {
    write(w, request, *asked);
    return std::move(w).take();
  }
  w.bytes(ledger::encode(operation_of(*this)));
  if (act) {
    w.boolean(act->reason.has_value());
    if (act->reason) w.enumeration(*act->reason);
    return std::move(w).take();
  }
  w.count(decisions.size());
  for (const RecordDecision& decision : decisions) write(w, decision);
  return std::move(w).take();
}

Result<AccessEntry> AccessEntry::decode(BytesView bytes) {
  Reader r(bytes, "access entry");
  const std::uint16_t version = r.u16();
  if (!r.failed() && (version < identity::kEntryVersion || version > kAskedVersion)) {
    r.fail_with("entry version " + std::to_string(version) + " is not supported");
  }
  AccessEntry entry;
  if (r.boolean()) entry.role = identity::read_code<ledger::Role>(r);
  entry.submitter = r.fixed<AccountId>();
  entry.time = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  if (version == kAskedVersion) {
    read(r, entry);
    GALEN_TRY_STATUS(r.finish());
    return entry;
  }
  const BytesView encoded = r.bytes(limits::kMaxOperationBytes);
  std::optional<policy::Reason> reason;
  if (version != kActVersion) {
    entry.decisions = read_decisions(r);
  } else if (r.boolean()) {
    reason = read_reason(r);
  }
  GALEN_TRY_STATUS(r.finish());
  GALEN_TRY(auto operation, ledger::decode_operation(encoded));
  GALEN_TRY_STATUS(version == kActVersion ? take_act(std::move(operation), reason, entry)
                                          : take_access(std::move(operation), entry));
  return entry;
}

Digest digest_of(const ledger::Operation& operation) {
  return crypto::tagged("asked", ledger::encode(operation));
}

AccessEntry asked_entry(const execution::OperationContext& context,
                        const StateReader& state,
                        const AccessEntry& entry,
                        std::optional<policy::Reason> reason) {
  AccessEntry kept;
  const AccountId& person = entry.request.person;
  const bool is_staff = person == entry.request.organisation ||
                        identity::PractitionerEntry::load(state, person).has_value();
  if (is_staff) kept.request.person = person;
  kept.request.organisation = entry.request.organisation;
  kept.request.purpose = entry.request.purpose;
  kept.request.action = entry.request.action;
  kept.role = entry.role;
  kept.submitter = entry.submitter;
  kept.time = entry.time;
  kept.height = entry.height;
  kept.asked = Asked{context.operation.type,
                     context.transaction,
                     context.index,
                     digest_of(context.operation.value),
                     reason};
  add_word(context.operation.value, *kept.asked);
  return kept;
}

bool is_entry_of(const AccessEntry& entry, const ledger::Operation& operation) {
  return entry.asked ? entry.asked->digest == digest_of(operation)
                     : operation_of(entry) == operation;
}

StateKey AccessEntry::key(const PatientId& log, std::uint64_t index) {
  return StateKey::audit(log, KeyKind::kAccess, index_bytes(index));
}

PatientId organisation_log(const AccountId& organisation) {
  return id_cast<PatientId>(organisation);
}

std::optional<AccessEntry> load_access(const StateReader& state,
                                       const PatientId& log,
                                       std::uint64_t index) {
  return identity::load_entry<AccessEntry>(state, AccessEntry::key(log, index));
}

std::vector<Bytes> list_access(const StateReader& state,
                               const PatientId& log,
                               std::uint64_t from,
                               std::size_t max) {
  std::vector<Bytes> entries;
  const std::uint64_t count = load_access_range(state, log).count;
  for (std::uint64_t index = from; index < count && entries.size() < max; ++index) {
    auto bytes = state.get(AccessEntry::key(log, index));
    if (!bytes) break;  // erased under the reader
    entries.push_back(*std::move(bytes));
  }
  return entries;
}

crypto::MerkleFrontier load_access_range(const StateReader& state, const PatientId& log) {
  const auto bytes = state.get(access_range_key(log));
  if (!bytes) return {};
  auto frontier = decode_access_range(*bytes);
  CHECK(frontier.has_value(), "an access range that does not decode");
  return *std::move(frontier);
}

StateKey access_range_key(const PatientId& log) {
  return StateKey::audit(log, KeyKind::kAccessRange, {});
}

Bytes encode_access_range(const crypto::MerkleFrontier& frontier) {
  Writer w;
  w.u16(identity::kEntryVersion).u64(frontier.count).count(frontier.peaks.size());
  for (const Digest& peak : frontier.peaks) w.raw(peak);
  return std::move(w).take();
}

Result<crypto::MerkleFrontier> decode_access_range(BytesView bytes) {
  Reader r(bytes, "access range");
  identity::read_entry_version(r);
  crypto::MerkleFrontier frontier;
  frontier.count = r.u64();
  const std::size_t peaks = r.count(kMaxPeaks);
  for (std::size_t i = 0; i < peaks; ++i) frontier.peaks.push_back(r.fixed<Digest>());
  if (!r.failed() && peaks != static_cast<std::size_t>(std::popcount(frontier.count))) {
    r.fail_with("peaks that do not fit the count");
  }
  GALEN_TRY_STATUS(r.finish());
  return frontier;
}

std::uint64_t append_access(const execution::OperationContext& context,
                            execution::StateOverlay& state,
                            const PatientId& log,
                            const AccessEntry& entry) {
  crypto::MerkleFrontier range = load_access_range(state, log);
  const std::uint64_t index = range.count;
  Bytes bytes = entry.encode();
  range.append(crypto::merkle_leaf(bytes));
  identity::put_entry(context, state, AccessEntry::key(log, index), std::move(bytes));
  identity::put_entry(context, state, access_range_key(log), encode_access_range(range));
  return index;
}

std::optional<std::uint64_t> find_request(const StateReader& state,
                                          const PatientId& log,
                                          const ledger::AccessRequest& request) {
  const auto found = identity::load_entry<RequestIndex>(state, request_key(log, request));
  if (!found) return std::nullopt;
  return found->index;
}

std::optional<AccessEntry> deciding_entry(const StateReader& state,
                                          const PatientId& log,
                                          const ledger::AccessRequest& request) {
  const auto index = find_request(state, log, request);
  if (!index) return std::nullopt;
  auto entry = load_access(state, log, *index);
  return entry && is_entry_of(*entry, ledger::LogAccess{request}) ? entry : std::nullopt;
}

StateKey request_key(const PatientId& log, const ledger::AccessRequest& request) {
  // With the person in it, nobody uses up another's request id. With the patient, an id that was
  // used for an unknown one, in the own log, tells nothing of another (PRIVACY.md 28).
  return StateKey::audit(
      log,
      KeyKind::kRequest,
      crypto::tagged("request-of", request.person, request.request, request.patient));
}

Bytes encode_request_index(std::uint64_t index) {
  Writer w;
  w.u16(identity::kEntryVersion).u64(index);
  return std::move(w).take();
}

}  // namespace galen::audit
