#include "modules/audit/replay.h"

#include "base/check.h"
#include "modules/emergency/declarations.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"
#include "modules/identity/suspension.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace galen::audit {

namespace {

using execution::StateReader;
using ledger::KeyKind;
using ledger::StateKey;

const std::string kSameBlock = " in the same block, before or after it";
const std::string kGrantChanged = "a grant began or ended" + kSameBlock;

bool is_refused_before(policy::Reason reason) {
  return reason >= policy::Reason::kNotAuthenticated;
}

/// Index of the first entry of at least this height; `count` when there is none; nullopt when the
/// log was erased under the reader.
std::optional<std::uint64_t> first_of_height(const StateReader& state,
                                             const PatientId& log,
                                             Height height,
                                             std::uint64_t count) {
  std::uint64_t low = 0;
  std::uint64_t high = count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto entry = load_access(state, log, middle);
    if (!entry) return std::nullopt;
    const bool below = entry->height < height;
    (below ? low : high) = below ? middle + 1 : middle;
  }
  return low;
}

template <class IsIt>
std::optional<std::uint64_t> find_of_height(const StateReader& state,
                                            const PatientId& log,
                                            Height height,
                                            IsIt&& is_it) {
  const std::uint64_t count = load_access_range(state, log).count;
  for (auto index = first_of_height(state, log, height, count).value_or(count); index < count;
       ++index) {
    const auto entry = load_access(state, log, index);
    if (!entry || entry->height != height) break;
    if (is_it(*entry)) return index;
  }
  return std::nullopt;
}

Moment moment_of(const AccessEntry& entry) {
  return {entry.height, entry.time, true, policy::Instant::of_block(entry.time)};
}

}  // namespace

Replay::Replay(const StateReader& state,
               const AccessEntry& entry,
               std::uint64_t index,
               const History& history)
    : state_(state),
      entry_(entry),
      index_(index),
      history_(history),
      moment_(moment_of(entry)),
      parameters_(execution::load_parameters(state)),
      requester_(load_requester(state, entry.request)) {
  standing_ = moment_unknown();
  changed_ = standing_;
  using Step = std::string (Replay::*)();
  for (const Step step : {&Replay::load_proxies,
                          &Replay::load_emergencies,
                          &Replay::load_grants,
                          &Replay::load_ever_granted}) {
    if (changed_.empty()) changed_ = (this->*step)();
  }
}

/// A journal's node decided on the state it had; nothing that came later was known to it.
std::string Replay::moment_unknown() {
  if (entry_.emergency) {
    const auto time = history_.block_time(entry_.emergency->state_height);
    if (!time) return "the block whose state decided is not kept here";
    const TimeMs now = entry_.emergency->time;
    moment_ = {entry_.emergency->state_height, *time, false, {now, std::max(now, *time)}};
  }
  return load_standing();
}

bool Replay::wrote_later(const StateKey& key) const {
  const auto height = history_.written_at(key);
  return !height || !moment_.shows(*height);
}

std::optional<bool> Replay::was_written(Height written, const Ask& ask) const {
  return moment_.is_unclear(written) ? ask(block_order()) : moment_.shows(written);
}

std::optional<bool> Replay::was_over(std::optional<TimeMs> ended, const Ask& ask) const {
  if (!ended) return false;
  return moment_.is_unclear(*ended) ? ask(block_order()) : moment_.is_over(*ended);
}

const BlockOrder& Replay::block_order() const {
  if (!order_) order_.emplace(history_.operations(entry_.height), entry_.request);
  return *order_;
}

/// Role, kind and region of an account never change; keys decide nothing once a request was signed.
std::string Replay::load_standing() {
  const ledger::AccessRequest& request = entry_.request;
  if (!requester_) return "the requester is not known any more";
  if (wrote_later(StateKey::main(KeyKind::kParameters))) return "the parameters were written since";
  const bool acts_for_patient =
      requester_->role == ledger::Role::kPatient || requester_->role == ledger::Role::kProxy;
  if (acts_for_patient) return {};
  const auto person = identity::PractitionerEntry::load(state_, request.person);
  if (!person) return "the requester is not known any more";
  // What a block decided was asked by somebody who was known by then; what a journal's node says of
  // its state is its own word.
  if (!moment_.in_block && !moment_.shows(person->registered)) {
    return "the requester was registered later than the state that decided";
  }
  const auto ballot = identity::BallotEntry::load(state_, request.organisation);
  auto unclear = standing_then(request.person, person->standings, requester_->person_active);
  if (unclear.empty()) {
    unclear =
        standing_then(request.organisation, ballot.standings, requester_->organisation_active);
  }
  return unclear;
}

/// Whether the account was active; or why that cannot be told.
std::string Replay::standing_then(const AccountId& account,
                                  const identity::Standings& standings,
                                  bool& active) const {
  const auto& changes = standings.changes();
  if (standings.is_full() && !moment_.shows(changes.front().height)) {
    return "more changes of status came since than are kept";
  }
  active = true;
  bool is_unclear = false;
  for (const identity::StandingChange& change : changes) {
    is_unclear = is_unclear || moment_.is_unclear(change.height);
    if (moment_.shows(change.height)) active = change.status == ledger::AccountStatus::kActive;
  }
  if (!is_unclear) return {};
  const auto known = block_order().was_active(account, active);
  if (!known) return "an account was suspended or reinstated" + kSameBlock;
  active = *known;
  return {};
}

/// A revocation that came later was none then; the end of the terms stands.
std::string Replay::load_proxies() {
  if (!requester_ || requester_->role != ledger::Role::kProxy) return {};
  for (const auto& listed : identity::list_proxies(state_, entry_.request.patient)) {
    const AccountId& id = listed.first;
    const identity::ProxyEntry& proxy = listed.second;
    const auto began =
        was_written(proxy.height, [&](const BlockOrder& order) { return order.proxy_began(id); });
    const auto revoked =
        was_over(proxy.revoked_at, [&](const BlockOrder& order) { return order.proxy_ended(id); });
    if (!began || !revoked) return "a proxy was authorised or revoked" + kSameBlock;
    if (!*began) continue;
    const TimeMs end = *revoked ? proxy.end() : proxy.terms.to;
    for (const std::string& purpose : proxy.terms.purposes) {
      context_.proxies.push_back({id,
                                  purpose,
                                  proxy.terms.from,
                                  end,
                                  proxy.terms.excluded_labels,
                                  proxy.terms.labels_key_id});
    }
  }
  return {};
}

/// The declaration that a late entry names counted though it was not on the chain yet.
std::string Replay::load_emergencies() {
  const ledger::AccessRequest& request = entry_.request;
  if (request.purpose != policy::kBreakGlassPurpose) return {};
  bool named = !entry_.emergency;
  for (const auto& declared : emergency::list_declarations(state_, request.patient)) {
    // One of no time at all stands for a declaration that nobody brought.
    if (declared.declaration.from == declared.declaration.to) continue;
    const DeclarationId& id = declared.declaration.declaration;
    const auto brought = was_written(
        declared.height, [&](const BlockOrder& order) { return order.emergency_declared(id); });
    const auto unjustified = was_unjustified(id);
    if (!brought || !unjustified) return "an emergency was declared or reviewed" + kSameBlock;
    const bool is_named = entry_.emergency && id == entry_.emergency->declaration;
    named = named || is_named;
    if (!is_named && !*brought) continue;
    if (!*unjustified) context_.emergencies.push_back(emergency::facts_of(declared.declaration));
  }
  return named ? "" : "the declaration that it names is not on the chain";
}

std::optional<bool> Replay::was_unjustified(const DeclarationId& id) const {
  const auto review = emergency::ReviewEntry::load(state_, entry_.request.patient, id);
  if (!review || review->review.outcome != ledger::ReviewOutcome::kUnjustified) return false;
  return was_written(review->height,
                     [&](const BlockOrder& order) { return order.emergency_reviewed(id); });
}

std::string Replay::load_grants() {
  for (auto& listed : consent::list_grants(state_, entry_.request.patient)) {
    const GrantId& id = listed.first;
    consent::GrantEntry& grant = listed.second;
    const auto began =
        was_written(grant.height, [&](const BlockOrder& order) { return order.grant_began(id); });
    const auto ended = was_over(
        grant.ended_at, [&](const BlockOrder& order) { return order.grant_ended(id, grant); });
    if (!began || !ended) return kGrantChanged;
    if (!*began) continue;
    const auto group = grant.group();
    const auto kept = grants_.emplace(id, std::move(grant)).first;
    policy::GrantFacts facts = kept->second.facts(id);
    if (group) {
      if (auto unclear = load_members(*group, facts); !unclear.empty()) return unclear;
    }
    if (!*ended) facts.status = policy::GrantStatus::kActive;
    context_.grants.push_back(std::move(facts));
  }
  return count_uses();
}

/// Who was a member then: at the version that was the present one, which also knew its end.
std::string Replay::load_members(const groups::GroupView& view, policy::GrantFacts& facts) const {
  const auto group = groups::GroupEntry::load(state_, view.group);
  if (!group || !requester_) return {};
  const auto add_members = [&](const groups::GroupVersion& present) {
    facts.members =
        groups::members_then(state_, view, *group, present, facts.effect, *requester_, moment_.at);
  };
  // Members of a version never change, and an end is never taken back; denials do not ask for it.
  if (view.version && (facts.effect == ledger::Effect::kDeny || !group->ends)) {
    add_members(group->present());
    return {};
  }
  std::vector<groups::GroupVersion> versions = group->past;
  versions.push_back(group->present());
  auto later = versions.begin();
  for (; later != versions.end(); ++later) {
    const auto made = was_written(later->height, [&](const BlockOrder& order) {
      return order.group_changed(view.group, later->version);
    });
    if (!made) return "a group that a grant names was changed" + kSameBlock;
    if (!*made) break;
  }
  if (later == versions.begin()) {
    return group->has_forgotten() ? "more versions of a group came since than are kept" : "";
  }
  add_members(*std::prev(later));
  return {};
}

/// Whether the uses that grants had left decide anything: not of what is decided before grants are
/// looked at.
bool Replay::depends_on_uses() const {
  if (!requester_ || entry_.emergency || entry_.request.is_listing()) return false;
  return requester_->role != ledger::Role::kPatient && requester_->role != ledger::Role::kProxy;
}

/// Uses only ever become fewer: a grant that has some left had some. Of others that were in force,
/// each entry of the log that stood before this one took a use of those that permitted it.
std::string Replay::count_uses() {
  if (!depends_on_uses()) return {};
  std::map<GrantId, std::uint32_t> left;
  Height since = moment_.height;
  for (const policy::GrantFacts& facts : context_.grants) {
    if (facts.uses_left != 0U || facts.status != policy::GrantStatus::kActive) continue;
    left[facts.id] = facts.terms->max_uses.value_or(0);
    since = std::min(since, grants_.at(facts.id).height);
  }
  if (left.empty()) return {};
  const PatientId& log = entry_.request.patient;
  const auto first = first_of_height(state_, log, since, index_);
  if (!first) return "the log was erased";
  std::size_t exhausted = 0;
  for (std::uint64_t index = *first; index < index_ && exhausted < left.size(); ++index) {
    if (index - *first == kMaxEntriesOfUses) {
      return "a grant with limited uses has more entries behind it than are looked through";
    }
    const auto entry = load_access(state_, log, index);
    if (!entry) return "the log was erased";
    std::set<GrantId> counted;
    for (const RecordDecision& decision : entry->decisions) {
      if (decision.permit() && decision.grant) counted.insert(*decision.grant);
    }
    for (const GrantId& id : counted) {
      const auto found = left.find(id);
      if (found != left.end() && found->second > 0 && --found->second == 0) ++exhausted;
    }
  }
  for (policy::GrantFacts& facts : context_.grants) {
    if (const auto found = left.find(facts.id); found != left.end()) {
      facts.uses_left = found->second;
    }
  }
  return {};
}

/// Whoever revokes has given, whether the grant ever came or not.
std::string Replay::load_ever_granted() {
  context_.ever_granted = !grants_.empty();
  if (context_.ever_granted) return {};
  bool is_unclear = false;
  const ledger::TreeId tree{ledger::TreeKind::kClinical, entry_.request.patient};
  state_.scan(tree, KeyKind::kRevocation, [&](BytesView, BytesView value) {
    const auto revocation = consent::RevocationEntry::decode(value);
    CHECK(revocation.has_value(), "a revocation entry that does not decode");
    const auto revoked = was_written(revocation->height,
                                     [](const BlockOrder& order) { return order.grant_revoked(); });
    is_unclear = is_unclear || !revoked;
    context_.ever_granted = revoked.value_or(false);
    return !context_.ever_granted;
  });
  return is_unclear && !context_.ever_granted ? kGrantChanged : "";
}

/// What the retraction and the successor that it had by then mean.
std::optional<ledger::RecordStatus> Replay::status_then(const records::RecordEntry& record) const {
  const RecordId& id = record.record.record;
  if (record.retracted) {
    const auto retracted = was_written(record.retracted->height, [&](const BlockOrder& order) {
      return order.record_retracted(id);
    });
    if (!retracted) return std::nullopt;
    if (*retracted) return ledger::RecordStatus::kEnteredInError;
  }
  if (!record.succeeded) return ledger::RecordStatus::kCurrent;
  const auto replaced = was_written(
      record.succeeded->height, [&](const BlockOrder& order) { return order.record_replaced(id); });
  if (!replaced) return std::nullopt;
  return *replaced ? ledger::RecordStatus::kSuperseded : ledger::RecordStatus::kCurrent;
}

Replayed Replay::replay(const RecordId& id) const {
  const RecordDecision* recorded = entry_.find(id);
  CHECK(recorded != nullptr, "a record of this entry");
  if (is_refused_before(recorded->reason)) return {{}, "refused before any grant was looked at"};
  if (entry_.emergency && recorded->reason == policy::Reason::kEmergencyNotDeclared) {
    return {{}, "whether the declaration stood was for that node to judge"};
  }
  if (entry_.request.is_listing()) return replay_listing();
  if (!changed_.empty()) return {{}, changed_};
  auto record = records::RecordEntry::load(state_, entry_.request.patient, id);
  if (!record) return {{}, "the record was erased since"};
  if (!moment_.in_block && !moment_.shows(record->height)) {
    return {{}, "the record came later than the state that decided"};
  }
  const auto status = status_then(*record);
  if (!status) return {{}, "the record was changed" + kSameBlock};
  record->status = *status;
  const policy::Request asked = policy_request(entry_.request, moment_.at);
  return {
      policy::decide(policy::tables_of(parameters_), *requester_, record->facts(), context_, asked),
      {}};
}

/// A list depends on nothing of the patient.
Replayed Replay::replay_listing() const {
  if (!standing_.empty()) return {{}, standing_};
  policy::Decision decision;
  decision.reason =
      judge_listing(policy::tables_of(parameters_), *requester_, entry_.request.purpose);
  decision.permit = policy::is_permit(decision.reason);
  return {std::move(decision), {}};
}

std::optional<std::uint64_t> find_entry(const StateReader& state,
                                        const PatientId& log,
                                        const ledger::AccessRequest& request,
                                        Height height) {
  const auto found = find_of_height(state, log, height, [&](const AccessEntry& entry) {
    return !entry.emergency && entry.request == request;
  });
  if (found) return found;
  // The same request again wrote nothing: it was answered with its first entry.
  const auto first = find_request(state, log, request);
  const auto entry = first ? load_access(state, log, *first) : std::nullopt;
  return entry && entry->request == request ? first : std::nullopt;
}

std::optional<std::uint64_t> find_late_entry(const StateReader& state,
                                             const PatientId& log,
                                             const ledger::LogEmergency& operation,
                                             Height height) {
  return find_of_height(
      state, log, height, [&](const AccessEntry& entry) { return entry.emergency == operation; });
}

}  // namespace galen::audit
