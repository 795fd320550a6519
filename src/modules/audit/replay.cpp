#include "modules/audit/replay.h"

#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>

namespace galen::audit {

namespace {

using execution::StateReader;
using ledger::KeyKind;
using ledger::StateKey;

const std::string kSameBlock = " in the same block, before or after it";

bool is_refused_before(policy::Reason reason) {
  return reason >= policy::Reason::kNotAuthenticated;
}

}  // namespace

Replay::Replay(const StateReader& state, const AccessEntry& entry, const WrittenAt& written_at)
    : state_(state),
      entry_(entry),
      written_at_(written_at),
      parameters_(execution::load_parameters(state)),
      requester_(load_requester(state, entry.request)) {
  changed_ = requester_changed();
  if (changed_.empty()) changed_ = load_grants();
  context_.ever_granted = ever_granted();
}

bool Replay::wrote_later(const StateKey& key) const {
  const auto height = written_at_(key);
  return !height || *height >= entry_.height;
}

std::string Replay::requester_changed() const {
  const ledger::AccessRequest& request = entry_.request;
  if (!requester_) return "the requester is not known any more, or suspended";
  if (requester_->role == ledger::Role::kProxy) return "proxies are not replayed";
  if (request.purpose == policy::kBreakGlassPurpose) return "emergencies are not replayed";
  if (wrote_later(StateKey::main(KeyKind::kParameters))) return "the parameters were written since";
  if (requester_->role == ledger::Role::kPatient) return {};
  if (wrote_later(identity::PractitionerEntry::key(request.person))) {
    return "the requester's entry was written since";
  }
  if (wrote_later(StateKey::main(KeyKind::kOrganisation, request.organisation))) {
    return "the organisation's entry was written since";
  }
  return {};
}

std::string Replay::load_grants() {
  for (auto& [id, grant] : consent::list_grants(state_, entry_.request.patient)) {
    if (grant.height > entry_.height) continue;
    if (grant.height == entry_.height || grant.ended_at == entry_.time) {
      return "a grant began or ended" + kSameBlock;
    }
    if (auto unknown = uses_unknown(id, grant); !unknown.empty()) return unknown;
    const auto group = grant.group();
    if (group) {
      if (auto changed = group_changed(*group); !changed.empty()) return changed;
    }
    const auto kept = grants_.emplace(id, std::move(grant)).first;
    policy::GrantFacts facts = kept->second.facts(id);
    if (group && requester_) {
      facts.members = groups::members_among(
          state_, *group, facts.effect, *requester_, policy::Instant::of_block(entry_.time));
    }
    context_.grants.push_back(std::move(facts));
  }
  return {};
}

/// Uses only ever become fewer, so what has some left had some; the deciding grant had one.
std::string Replay::uses_unknown(const GrantId& id, const consent::GrantEntry& grant) const {
  if (grant.uses_left != 0U) return {};
  const bool decided = std::any_of(
      entry_.decisions.begin(), entry_.decisions.end(), [&id](const RecordDecision& decision) {
        return decision.permit() && decision.grant == id;
      });
  const bool later = wrote_later(consent::GrantEntry::key(entry_.request.patient, id));
  return decided || !later ? "" : "a grant whose uses are exhausted may have had some left";
}

/// Frozen members are for ever; who follows, and when a group ends, may have changed.
std::string Replay::group_changed(const groups::GroupView& view) const {
  const auto group = groups::GroupEntry::load(state_, view.group);
  const bool depends = !view.version || !group || group->ends;
  return depends && wrote_later(groups::GroupEntry::key(view.group))
             ? "a group that a grant names was changed since"
             : "";
}

bool Replay::ever_granted() const {
  bool found = !grants_.empty();
  const ledger::TreeId tree{ledger::TreeKind::kClinical, entry_.request.patient};
  state_.scan(tree, KeyKind::kRevocation, [&](BytesView, BytesView value) {
    const auto revocation = consent::RevocationEntry::decode(value);
    CHECK(revocation.has_value(), "a revocation entry that does not decode");
    found = found || revocation->height < entry_.height;
    return !found;
  });
  return found;
}

Replayed Replay::replay(const RecordId& id) const {
  const RecordDecision* recorded = entry_.find(id);
  CHECK(recorded != nullptr, "a record of this entry");
  if (is_refused_before(recorded->reason)) return {{}, "refused before any grant was looked at"};
  if (!changed_.empty()) return {{}, changed_};
  auto record = records::RecordEntry::load(state_, entry_.request.patient, id);
  if (!record) return {{}, "the record was erased since"};
  const bool superseded_then = record->succeeded && record->succeeded->height == entry_.height;
  const bool retracted_then = record->retracted && record->retracted->height == entry_.height;
  if (superseded_then || retracted_then) return {{}, "the record was changed" + kSameBlock};
  record->status = record->status_at(entry_.height);
  policy::Request asked = policy_request(entry_.request, policy::Instant::of_block(entry_.time));
  if (recorded->permit()) asked.counted_grant = recorded->grant;
  return {
      policy::decide(policy::tables_of(parameters_), *requester_, record->facts(), context_, asked),
      {}};
}

std::optional<std::uint64_t> find_entry(const StateReader& state,
                                        const PatientId& log,
                                        const ledger::AccessRequest& request,
                                        Height height) {
  std::uint64_t low = 0;
  std::uint64_t high = load_access_range(state, log).count;
  const std::uint64_t count = high;
  while (low < high) {  // the first entry at or above the height
    const std::uint64_t middle = low + (high - low) / 2;
    const auto entry = load_access(state, log, middle);
    if (!entry) return std::nullopt;  // erased under the reader
    const bool below = entry->height < height;
    (below ? low : high) = below ? middle + 1 : middle;
  }
  for (std::uint64_t index = low; index < count; ++index) {
    const auto entry = load_access(state, log, index);
    if (!entry || entry->height != height) break;
    if (entry->request == request) return index;
  }
  // The same request again wrote nothing: it was answered with its first entry.
  const auto first = find_request(state, log, request);
  const auto entry = first ? load_access(state, log, *first) : std::nullopt;
  return entry && entry->request == request ? first : std::nullopt;
}

}  // namespace galen::audit
