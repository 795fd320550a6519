#include "modules/audit/replay.h"

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

/// Whether the account was active; or why that cannot be told.
std::string standing_then(const identity::Standings& standings,
                          const Moment& moment,
                          bool& active) {
  const auto& changes = standings.changes();
  if (standings.is_full() && !moment.shows(changes.front().height)) {
    return "more changes of status came since than are kept";
  }
  active = true;
  for (const identity::StandingChange& change : changes) {
    if (moment.is_unclear(change.height))
      return "an account was suspended or reinstated" + kSameBlock;
    if (moment.shows(change.height)) active = change.status == ledger::AccountStatus::kActive;
  }
  return {};
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
  for (const Step step : {&Replay::load_proxies, &Replay::load_emergencies, &Replay::load_grants}) {
    if (changed_.empty()) changed_ = (this->*step)();
  }
  context_.ever_granted = ever_granted();
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
  auto unclear = standing_then(person->standings, moment_, requester_->person_active);
  if (unclear.empty())
    unclear = standing_then(ballot.standings, moment_, requester_->organisation_active);
  return unclear;
}

/// A revocation that came later was none then; the end of the terms stands.
std::string Replay::load_proxies() {
  if (!requester_ || requester_->role != ledger::Role::kProxy) return {};
  for (const auto& [id, proxy] : identity::list_proxies(state_, entry_.request.patient)) {
    const bool unclear = moment_.is_unclear(proxy.height) ||
                         (proxy.revoked_at && moment_.is_unclear(*proxy.revoked_at));
    if (unclear) return "a proxy was authorised or revoked" + kSameBlock;
    if (!moment_.shows(proxy.height)) continue;
    const bool revoked = proxy.revoked_at && moment_.is_over(*proxy.revoked_at);
    const TimeMs end = revoked ? proxy.end() : proxy.terms.to;
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
    const auto review =
        emergency::ReviewEntry::load(state_, request.patient, declared.declaration.declaration);
    if (moment_.is_unclear(declared.height) || (review && moment_.is_unclear(review->height))) {
      return "an emergency was declared or reviewed" + kSameBlock;
    }
    // One of no time at all stands for a declaration that nobody brought.
    if (declared.declaration.from == declared.declaration.to) continue;
    const bool is_named =
        entry_.emergency && declared.declaration.declaration == entry_.emergency->declaration;
    named = named || is_named;
    if (!is_named && !moment_.shows(declared.height)) continue;
    const bool unjustified = review && moment_.shows(review->height) &&
                             review->review.outcome == ledger::ReviewOutcome::kUnjustified;
    if (!unjustified) context_.emergencies.push_back(emergency::facts_of(declared.declaration));
  }
  return named ? "" : "the declaration that it names is not on the chain";
}

std::string Replay::load_grants() {
  for (auto& [id, grant] : consent::list_grants(state_, entry_.request.patient)) {
    if (moment_.is_unclear(grant.height) ||
        (grant.ended_at && moment_.is_unclear(*grant.ended_at))) {
      return "a grant began or ended" + kSameBlock;
    }
    if (!moment_.shows(grant.height)) continue;
    const auto group = grant.group();
    const auto kept = grants_.emplace(id, std::move(grant)).first;
    policy::GrantFacts facts = kept->second.facts(id);
    if (group) {
      if (auto unclear = load_members(*group, facts); !unclear.empty()) return unclear;
    }
    if (kept->second.ended_at && !moment_.is_over(*kept->second.ended_at)) {
      facts.status = policy::GrantStatus::kActive;
    }
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
  const auto later = std::find_if(versions.begin(), versions.end(), [this](const auto& version) {
    return !moment_.shows(version.height);
  });
  if (later != versions.end() && moment_.is_unclear(later->height)) {
    return "a group that a grant names was changed" + kSameBlock;
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

bool Replay::ever_granted() const {
  bool found = !grants_.empty();
  const ledger::TreeId tree{ledger::TreeKind::kClinical, entry_.request.patient};
  state_.scan(tree, KeyKind::kRevocation, [&](BytesView, BytesView value) {
    const auto revocation = consent::RevocationEntry::decode(value);
    CHECK(revocation.has_value(), "a revocation entry that does not decode");
    found = found || moment_.shows(revocation->height);
    return !found;
  });
  return found;
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
  const bool superseded_then = record->succeeded && moment_.is_unclear(record->succeeded->height);
  const bool retracted_then = record->retracted && moment_.is_unclear(record->retracted->height);
  if (superseded_then || retracted_then) return {{}, "the record was changed" + kSameBlock};
  record->status = record->status_at(moment_.height);
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
