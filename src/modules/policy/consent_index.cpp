#include "modules/policy/consent_index.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace galen::policy {

using ledger::Effect;
using ledger::GranteeKind;
using ledger::GrantTerms;

ConsentIndex::ConsentIndex(std::vector<GrantFacts> grants) : grants_(std::move(grants)) {
  std::sort(grants_.begin(), grants_.end(), [](const GrantFacts& a, const GrantFacts& b) {
    return a.id < b.id;
  });
  for (const GrantFacts& grant : grants_) {
    for (const std::string& purpose : grant.terms->purposes) purposes_.add(purpose);
    for (const std::string& region : grant.terms->regions) regions_.add(region);
    has_permit_ = has_permit_ || grant.effect == Effect::kPermit;
  }
  permits_ = side_of(Effect::kPermit);
  denies_ = side_of(Effect::kDeny);
}

ConsentIndex::Candidates ConsentIndex::candidates(Effect effect, const Requester& requester) const {
  const Side& side = effect == Effect::kPermit ? permits_ : denies_;
  return {side.at({Channel::kAny, {}}),
          side.at({Channel::kOrganisation, requester.organisation}),
          side.at({Channel::kPractitioner, requester.person}),
          side.at({Channel::kMember, requester.organisation}),
          side.at({Channel::kMember, requester.person})};
}

std::size_t ConsentIndex::bytes() const {
  std::size_t total = grants_.capacity() * sizeof(GrantFacts);
  for (const GrantFacts& grant : grants_) total += grant.members.capacity() * sizeof(AccountId);
  for (const Side* side : {&permits_, &denies_}) {
    total += side->ranges.capacity() * sizeof(Range) + side->rows.capacity() * sizeof(IndexedGrant);
  }
  return total;
}

std::span<const IndexedGrant> ConsentIndex::Side::at(const Place& place) const {
  const auto range =
      std::lower_bound(ranges.begin(), ranges.end(), place, [](const Range& r, const Place& p) {
        return r.place < p;
      });
  if (range == ranges.end() || range->place != place) return {};
  return std::span(rows).subspan(range->begin, range->end - range->begin);
}

std::vector<ConsentIndex::Place> ConsentIndex::places_of(const GrantFacts& grant) {
  const ledger::Grantee& grantee = grant.terms->grantee;
  switch (grantee.kind) {
    case GranteeKind::kAny: return {{Channel::kAny, {}}};
    case GranteeKind::kOrganisation: return {{Channel::kOrganisation, grantee.id}};
    case GranteeKind::kPractitioner: return {{Channel::kPractitioner, grantee.id}};
    case GranteeKind::kGroup:
    case GranteeKind::kProject: {
      std::vector<Place> places;
      for (const AccountId& member : grant.members) places.push_back({Channel::kMember, member});
      return places;
    }
  }
  return {};
}

IndexedGrant ConsentIndex::row_of(const GrantFacts& grant) const {
  const GrantTerms& terms = *grant.terms;
  IndexedGrant row;
  row.facts = &grant;
  row.valid_from = terms.valid_from;
  row.valid_to = terms.valid_to.value_or(TimeMs{});
  row.ends = terms.valid_to.has_value();
  row.ended_at = grant.ended_at;
  row.status = grant.status;
  row.purposes = purposes_.mask_of(terms.purposes);
  row.regions = regions_.mask_of(terms.regions);
  // Dates have 32 bits, so these are before and after all of them.
  row.data_from =
      terms.data_from ? terms.data_from->days : std::numeric_limits<std::int64_t>::min();
  row.data_to = terms.data_to ? terms.data_to->days : std::numeric_limits<std::int64_t>::max();
  row.classes = terms.classes;
  row.actions = terms.actions;
  row.confidentiality = terms.confidentiality;
  row.limits_data = !terms.data.empty();
  row.used_up = grant.uses_left == 0U;
  row.of_project = terms.grantee.kind == GranteeKind::kProject;
  row.forbids_emergency = terms.emergency_override == ledger::EmergencyOverride::kForbid;
  return row;
}

ConsentIndex::Side ConsentIndex::side_of(Effect effect) const {
  // Positions ascend with ids, so sorting pairs sorts the grants of a place by id.
  std::vector<std::pair<Place, std::size_t>> found;
  for (std::size_t i = 0; i < grants_.size(); ++i) {
    if (grants_[i].effect != effect) continue;
    for (const Place& place : places_of(grants_[i])) found.emplace_back(place, i);
  }
  std::sort(found.begin(), found.end());
  Side side;
  side.rows.reserve(found.size());
  for (const auto& [place, position] : found) {
    if (side.ranges.empty() || side.ranges.back().place != place) {
      side.ranges.push_back({place, side.rows.size(), 0});
    }
    side.rows.push_back(row_of(grants_[position]));
    side.ranges.back().end = side.rows.size();
  }
  return side;
}

}  // namespace galen::policy
