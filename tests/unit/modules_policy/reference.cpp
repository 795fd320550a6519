#include "reference.h"

#include <algorithm>
#include <map>
#include <set>

namespace galen::policy::reference {

namespace {

using ledger::Effect;
using ledger::GranteeKind;
using ledger::ImplicitPolicy;
using ledger::Role;
using Labels = std::set<std::string>;

/// The rows of one grant, in the order of 1.4b: reason and whether the field holds.
using Rows = std::vector<std::pair<Reason, bool>>;

Rows rows_of(const GrantFacts& g,
             const PolicyTables& tables,
             const Requester& who,
             const RecordFacts& r,
             const Request& q) {
  const auto& t = *g.terms;
  const bool permit = g.effect == Effect::kPermit;
  // A permit must have begun by the earlier clock and not have ended by the later; a deny the
  // reverse.
  const TimeMs begin_clock = permit ? q.at.earliest : q.at.latest;
  const TimeMs end_clock = permit ? q.at.latest : q.at.earliest;

  const std::set<AccountId> members(g.members.begin(), g.members.end());
  const bool member = members.count(who.person) + members.count(who.organisation) > 0;
  std::map<GranteeKind, bool> grantee;
  grantee[GranteeKind::kAny] = true;
  grantee[GranteeKind::kOrganisation] = t.grantee.id == who.organisation;
  grantee[GranteeKind::kPractitioner] = t.grantee.id == who.person;
  grantee[GranteeKind::kGroup] = member;
  grantee[GranteeKind::kProject] = member && q.project.has_value() && *q.project == t.grantee.id;

  const bool ended = g.status != GrantStatus::kActive && g.ended_at <= end_clock;
  const Reason ended_reason =
      g.status == GrantStatus::kSuperseded ? Reason::kSuperseded : Reason::kRevoked;
  const bool begun = t.valid_from <= begin_clock;
  const bool over = t.valid_to.has_value() && *t.valid_to <= end_clock;

  std::set<std::string> covered;
  bool every = false;
  for (const auto& p : t.purposes) {
    every = every || p == "*";
    const auto& table = permit ? tables.terminology.permit_covers : tables.terminology.deny_covers;
    if (table.count(p) > 0) covered.insert(table.at(p).begin(), table.at(p).end());
  }

  bool data = t.data.empty();
  for (const auto& limit : t.data) {
    if (limit.meaning == ledger::DataMeaning::kInstance) data |= limit.id.value == r.id.value;
    for (const auto& older : r.predecessors) {
      data |= !permit && limit.meaning == ledger::DataMeaning::kInstance &&
              older.value == limit.id.value;
    }
    for (const auto& related : r.related) {
      data |= limit.meaning == ledger::DataMeaning::kRelated && related.value == limit.id.value;
    }
    for (const auto& author : r.authors) {
      data |= limit.meaning == ledger::DataMeaning::kAuthoredBy && author.value == limit.id.value;
    }
  }

  const Labels granted(t.labels.begin(), t.labels.end());
  const Labels carried(r.labels.begin(), r.labels.end());
  Labels common;
  std::set_intersection(granted.begin(),
                        granted.end(),
                        carried.begin(),
                        carried.end(),
                        std::inserter(common, common.end()));
  const bool comparable = t.labels_key_id == r.labels_key_id;
  const bool labels =
      permit ? carried.empty() || (comparable && common.size() == carried.size())
             : granted.empty() || (!carried.empty() && (!comparable || !common.empty()));
  const auto in_set = [&](ledger::Action action) {
    return (t.actions >> static_cast<unsigned>(action)) % 2 == 1;
  };
  // A copy is read as well.
  const bool reads = q.action == ledger::Action::kCopy || q.action == ledger::Action::kRedisclose;
  const auto level = static_cast<int>(r.confidentiality);
  const auto bound = static_cast<int>(t.confidentiality);

  return {
      {Reason::kGrantee, grantee[t.grantee.kind]},
      {ended_reason, !ended},
      {begun ? Reason::kExpired : Reason::kNotYetValid, begun && !over},
      {Reason::kPurpose, every || covered.count(q.purpose) > 0},
      {Reason::kAction, in_set(q.action) || (!permit && reads && in_set(ledger::Action::kRead))},
      {Reason::kJurisdiction,
       t.regions.empty() || std::count(t.regions.begin(), t.regions.end(), who.region) > 0},
      {Reason::kData, data},
      {Reason::kClass, (t.classes >> static_cast<unsigned>(r.record_class)) % 2 == 1},
      {Reason::kDataPeriod,
       (!t.data_from || t.data_from->days <= r.service_date.days) &&
           (!t.data_to || r.service_date.days < t.data_to->days)},
      {Reason::kConfidentiality, permit ? level <= bound : level >= bound},
      {Reason::kLabel, labels},
      {Reason::kUsesExhausted,
       q.counted_grant == g.id || !g.uses_left ||
           (*g.uses_left > 0 && !(q.takes_no_use && t.max_uses))}};
}

bool all_hold(const Rows& rows, bool ignore_purpose = false) {
  return std::all_of(rows.begin(), rows.end(), [ignore_purpose](const auto& row) {
    return row.second || (ignore_purpose && row.first == Reason::kPurpose);
  });
}

Decision no(Reason reason, std::optional<GrantId> by = std::nullopt) {
  return {false, reason, by, {}, {}};
}

Decision yes(Reason reason, const RecordFacts& r, std::vector<std::string> obligations = {}) {
  if (r.status == ledger::RecordStatus::kSuperseded) obligations.push_back("superseded-version");
  return {true, reason, std::nullopt, std::move(obligations), {}};
}

Decision for_proxy(const Requester& who,
                   const RecordFacts& r,
                   const ConsentContext& consent,
                   const Request& q) {
  // 0 no such authorisation, 1 out of time, 2 excluded, 3 withheld, 4 permitted: the best one
  // answers.
  int best = 0;
  for (const ProxyFacts& p : consent.proxies) {
    if (p.proxy != who.person || p.purpose != q.purpose) continue;
    bool excluded = false;
    for (const auto& label : p.exclude_labels) {
      excluded |= std::count(r.labels.begin(), r.labels.end(), label) > 0 ||
                  (r.labels_key_id && !r.labels.empty());
    }
    const bool in_time = p.from <= q.at.earliest && q.at.latest < p.to;
    best = std::max(best, !in_time ? 1 : excluded ? 2 : r.withhold_from_patient ? 3 : 4);
  }
  static const std::map<int, Reason> kReasons{{0, Reason::kProxyNotAuthorized},
                                              {1, Reason::kProxyExpired},
                                              {2, Reason::kProxyScope},
                                              {3, Reason::kWithheldFromPatient}};
  return best == 4 ? yes(Reason::kProxy, r) : no(kReasons.at(best));
}

}  // namespace

Decision decide(const PolicyTables& tables,
                const Requester& who,
                const RecordFacts& r,
                const ConsentContext& consent,
                const Request& q) {
  const ledger::Parameters& params = tables.parameters;
  const auto& pairs = params.role_purposes;
  const bool btg = q.purpose == "BTG";
  if (std::count(pairs.begin(), pairs.end(), ledger::RolePurpose{who.role, q.purpose}) == 0) {
    return no(Reason::kPurpose);
  }
  if (!(who.organisation_active && who.person_active)) return no(Reason::kMemberInactive);
  if (r.status == ledger::RecordStatus::kErased) return no(Reason::kRecordErased);
  if (r.status == ledger::RecordStatus::kEnteredInError) return no(Reason::kRecordRetracted);
  if (q.state_age_ms > params.stale_ms && !btg) return no(Reason::kStaleState);
  if (who.role == Role::kPatient) {
    if (q.purpose != "PATRQT") return no(Reason::kPurpose);
    return r.withhold_from_patient ? no(Reason::kWithheldFromPatient) : yes(Reason::kSelf, r);
  }
  if (who.role == Role::kProxy) return for_proxy(who, r, consent, q);
  const std::set<std::string> own{"TREAT", "ETREAT", "HPAYMT", "HOPERAT"};
  if (who.organisation == r.custodian && own.count(q.purpose) > 0 &&
      q.action != ledger::Action::kRedisclose) {
    return yes(Reason::kOwnRecord, r);
  }

  std::map<GrantId, Rows> permits;
  std::map<GrantId, Rows> denies;
  std::map<GrantId, const GrantFacts*> grants;
  for (const GrantFacts& g : consent.grants) {
    grants[g.id] = &g;
    auto& rows = g.effect == Effect::kPermit ? permits : denies;
    rows[g.id] = rows_of(g, tables, who, r, q);
  }

  if (btg) {
    if (!who.emergency_privilege) return no(Reason::kEmergencyNotPrivileged);
    int state = 0;
    for (const EmergencyFacts& e : consent.emergencies) {
      // Named records only, as they stand there: an earlier version does not bring a later one in.
      const bool in_scope =
          e.records.empty() || std::count(e.records.begin(), e.records.end(), r.id) > 0;
      if (e.person != who.person || !in_scope) continue;
      const std::uint64_t end = std::min(e.to.value, e.from.value + params.emergency_max_ms);
      state = std::max(state, e.from <= q.at.earliest && q.at.latest.value < end ? 2 : 1);
    }
    if (state == 0) return no(Reason::kEmergencyNotDeclared);
    if (state == 1) return no(Reason::kEmergencyExpired);
    for (const auto& [id, rows] : denies) {
      const bool forbids =
          grants[id]->terms->emergency_override == ledger::EmergencyOverride::kForbid;
      if (forbids && all_hold(rows, true)) return no(Reason::kEmergencyForbidden, id);
    }
    return yes(Reason::kBreakGlass, r, {"notify-patient", "review"});
  }
  for (const auto& rule : params.statutory) {
    if (rule.purpose == q.purpose && rule.kind == who.kind &&
        (rule.classes >> static_cast<unsigned>(r.record_class)) % 2 == 1) {
      return yes(Reason::kRequiredByLaw, r, {"accounting-of-disclosures"});
    }
  }
  for (const auto& [id, rows] : denies) {
    if (all_hold(rows)) return no(Reason::kDenyGrant, id);
  }
  for (const auto& [id, rows] : permits) {
    if (!all_hold(rows)) continue;
    std::set<std::string> obligations;
    for (const auto& row : params.label_obligations) {
      if (!r.labels_key_id && std::count(r.labels.begin(), r.labels.end(), row.label) > 0) {
        obligations.insert(row.obligation);
      }
    }
    std::vector<std::string> list(obligations.begin(), obligations.end());
    const auto& erase_at = grants[id]->terms->erase_at;
    if (erase_at) list.push_back("erase-by=" + utc_text(*erase_at));
    Decision decision = yes(Reason::kGrant, r, list);
    decision.grant = id;
    if (r.labels_key_id) decision.label_tags = LabelTags{*r.labels_key_id, r.labels};
    return decision;
  }
  if (!consent.ever_granted && consent.grants.empty()) {
    const bool look = q.action == ledger::Action::kRead || q.action == ledger::Action::kDiscover;
    const bool plain = look && r.labels.empty() && static_cast<int>(r.confidentiality) <= 3;
    const bool treats =
        who.role == Role::kClinician && (q.purpose == "TREAT" || q.purpose == "ETREAT");
    const bool open = params.implicit_policy == ImplicitPolicy::kAllNormal ||
                      (params.implicit_policy == ImplicitPolicy::kBasicNormal && treats);
    return plain && open ? yes(Reason::kImplicit, r) : no(Reason::kNoConsent);
  }
  Decision nearest = no(Reason::kNoConsent);
  std::ptrdiff_t furthest = -1;
  for (const auto& [id, rows] : permits) {  // ascending ids: the first of equals stays
    const auto miss = std::find_if(rows.begin(), rows.end(), [](auto& row) { return !row.second; });
    if (miss - rows.begin() <= furthest) continue;
    furthest = miss - rows.begin();
    nearest = no(miss->first, furthest == 0 ? std::nullopt : std::optional<GrantId>(id));
  }
  return nearest;
}

}  // namespace galen::policy::reference
