// decide() against an independent reference, on small worlds in which everything collides.
#include "modules/policy/consent_layers.h"
#include "modules/policy/decide.h"
#include "reference.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <rapidcheck.h>
#include <set>

namespace galen::policy {
namespace {

template <class Id>
Id small_id(int n) {
  Id id;
  id.value[0] = static_cast<std::uint8_t>(n);
  return id;
}

int below(int n) {
  // At full size from the first case on: a smaller one would mean mostly zeros.
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n));
}

template <class T>
T one_of(std::initializer_list<T> values) {
  return *std::next(values.begin(), below(static_cast<int>(values.size())));
}

/// True once in `n`.
bool rarely(int n) {
  return below(n) == 0;
}

template <class T>
std::vector<T> subset(std::initializer_list<T> values) {
  std::vector<T> chosen;
  for (const T& value : values) {
    if (rarely(2)) chosen.push_back(value);
  }
  return chosen;
}

const std::initializer_list<const char*> kPurposes{"TREAT",
                                                   "ETREAT",
                                                   "COC",
                                                   "CLINTRL",
                                                   "HPAYMT",
                                                   "HOPERAT",
                                                   "HRESCH",
                                                   "PUBHLTH",
                                                   "PATRQT",
                                                   "FAMRQT",
                                                   "BTG"};

std::string some_purpose() {
  return one_of<const char*>(kPurposes);
}

/// Mostly what the role is there for.
std::string asked_purpose(ledger::Role role) {
  if (rarely(4)) return some_purpose();
  if (role == ledger::Role::kProxy) return "FAMRQT";
  if (role == ledger::Role::kPatient) return "PATRQT";
  return one_of<const char*>({"TREAT", "ETREAT", "BTG", "PUBHLTH"});
}

std::vector<std::string> some_labels() {
  return subset<std::string>({"HIV", "PSY", "SUD"});
}

std::optional<std::uint32_t> some_key() {
  return rarely(4) ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(below(2)))
                   : std::nullopt;
}

TimeMs some_time() {
  return TimeMs{static_cast<std::uint64_t>(below(8))};
}

struct Case {
  ledger::Parameters parameters;
  Requester requester;
  RecordFacts record;
  std::deque<ledger::GrantTerms> terms;  // grants point into it
  ConsentContext consent;
  Request request;

  [[nodiscard]] Decision decided() const {
    return decide(tables_of(parameters), requester, record, consent, request);
  }

  [[nodiscard]] Decision expected() const {
    return reference::decide(tables_of(parameters), requester, record, consent, request);
  }
};

void fill_parameters(ledger::Parameters& p) {
  for (int role = 1; role <= 8; ++role) {
    for (const char* purpose : kPurposes) {
      if (!rarely(25)) p.role_purposes.push_back({static_cast<ledger::Role>(role), purpose});
    }
  }
  p.implicit_policy = static_cast<ledger::ImplicitPolicy>(1 + below(4));
  p.statutory = {{"PUBHLTH",
                  ledger::OrganisationKind::kPublicHealth,
                  ledger::class_bit(ledger::RecordClass::kLab)}};
  p.label_obligations = {{"PSY", "b"}, {"SUD", "a"}, {"SUD", "b"}};
  p.stale_ms = 5;
  p.emergency_max_ms = 4;
}

void fill_requester(Requester& r) {
  r.person = small_id<AccountId>(1 + below(2));
  r.role = rarely(2) ? ledger::Role::kClinician : static_cast<ledger::Role>(1 + below(8));
  r.organisation = small_id<AccountId>(10 + below(3));
  r.kind = static_cast<ledger::OrganisationKind>(1 + below(4));
  r.region = one_of<const char*>({"DE", "US"});
  r.organisation_active = !rarely(40);
  r.person_active = !rarely(40);
  r.emergency_privilege = !rarely(4);
}

void fill_record(RecordFacts& r) {
  r.id = small_id<RecordId>(30 + below(2));
  for (int earlier = below(3); earlier > 0; --earlier) {
    r.predecessors.push_back(small_id<RecordId>(32 + below(2)));
    std::sort(r.predecessors.begin(), r.predecessors.end());
  }
  r.custodian = small_id<AccountId>(10 + below(8));
  r.authors = {small_id<AccountId>(1 + below(2))};
  r.related = {small_id<Random32>(40 + below(2))};
  r.record_class = static_cast<ledger::RecordClass>(below(3));
  r.confidentiality = static_cast<ledger::Confidentiality>(below(6));
  r.labels = rarely(2) ? some_labels() : std::vector<std::string>{};
  r.labels_key_id = some_key();
  r.service_date = {below(4)};
  r.status =
      rarely(10) ? static_cast<ledger::RecordStatus>(1 + below(4)) : ledger::RecordStatus::kCurrent;
  r.withhold_from_patient = rarely(3);
}

ledger::GrantTerms some_terms() {
  ledger::GrantTerms t;
  t.grantee.kind = static_cast<ledger::GranteeKind>(1 + below(5));
  const std::map<ledger::GranteeKind, int> bases{{ledger::GranteeKind::kAny, 0},
                                                 {ledger::GranteeKind::kOrganisation, 10},
                                                 {ledger::GranteeKind::kPractitioner, 1},
                                                 {ledger::GranteeKind::kGroup, 20},
                                                 {ledger::GranteeKind::kProject, 20}};
  t.grantee.id = small_id<AccountId>(bases.at(t.grantee.kind) + below(2));
  t.purposes = {rarely(3) ? "*" : some_purpose()};
  t.actions = rarely(2) ? ledger::kAllActions : static_cast<ledger::ActionSet>(1 + below(15));
  t.classes = rarely(2) ? ledger::kAllClasses : static_cast<ledger::ClassSet>(1 + below(7));
  t.confidentiality = static_cast<ledger::Confidentiality>(rarely(2) ? below(6) : 5 * below(2));
  t.labels = rarely(2) ? some_labels() : std::vector<std::string>{};
  t.labels_key_id = some_key();
  if (rarely(3)) t.data_from = ledger::CalendarDate{below(4)};
  if (rarely(3)) t.data_to = ledger::CalendarDate{below(4)};
  if (rarely(3)) {
    t.data = {{static_cast<ledger::DataMeaning>(1 + below(3)),
               small_id<Random32>(one_of({1, 2, 30, 31, 40, 41}))}};
  }
  if (rarely(4)) t.regions = {"DE"};
  t.valid_from = TimeMs{static_cast<std::uint64_t>(below(4))};
  if (!rarely(3)) t.valid_to = TimeMs{static_cast<std::uint64_t>(3 + below(6))};
  if (rarely(3)) t.erase_at = TimeMs{9};
  t.emergency_override = static_cast<ledger::EmergencyOverride>(1 + below(2));
  return t;
}

GrantFacts some_grant(int id, const ledger::GrantTerms& terms) {
  GrantFacts g;
  g.id = small_id<GrantId>(id);
  g.effect = rarely(3) ? ledger::Effect::kDeny : ledger::Effect::kPermit;
  g.terms = &terms;
  g.status = rarely(3) ? static_cast<GrantStatus>(2 + below(2)) : GrantStatus::kActive;
  g.ended_at = some_time();
  if (rarely(4) && g.effect == ledger::Effect::kPermit) {
    g.uses_left = static_cast<std::uint32_t>(below(2));
  }
  g.members = {small_id<AccountId>(10 + below(3)), small_id<AccountId>(1 + below(2))};
  return g;
}

/// A deny that meets everybody, for the rules that random terms seldom reach.
void add_deny_all(Case& c) {
  ledger::GrantTerms t;
  t.grantee.kind = ledger::GranteeKind::kAny;
  t.purposes = {some_purpose()};
  t.actions = ledger::kAllActions;
  t.confidentiality = ledger::Confidentiality::kU;
  t.emergency_override = static_cast<ledger::EmergencyOverride>(1 + below(2));
  c.terms.push_back(t);
  GrantFacts grant = some_grant(99, c.terms.back());
  grant.effect = ledger::Effect::kDeny;
  grant.status = GrantStatus::kActive;
  grant.uses_left.reset();
  c.consent.grants.push_back(grant);
}

/// Of an emergency: all of the patient's records, or some of those that fill_record() makes.
std::vector<RecordId> some_scope() {
  if (!rarely(3)) return {};
  return subset<RecordId>({small_id<RecordId>(30),
                           small_id<RecordId>(31),
                           small_id<RecordId>(32),
                           small_id<RecordId>(33)});
}

void fill_case(Case& c) {
  fill_parameters(c.parameters);
  fill_requester(c.requester);
  fill_record(c.record);
  const int grants = below(6);
  for (int i = 0; i < grants; ++i) {
    c.terms.push_back(some_terms());
    c.consent.grants.push_back(some_grant(100 + i, c.terms.back()));
  }
  if (rarely(8)) add_deny_all(c);
  c.consent.ever_granted = rarely(2);
  for (int i = below(3); i > 0; --i) {
    c.consent.proxies.push_back({small_id<AccountId>(1 + below(2)),
                                 rarely(4) ? some_purpose() : "FAMRQT",
                                 some_time(),
                                 TimeMs{static_cast<std::uint64_t>(3 + below(6))},
                                 some_labels()});
    c.consent.emergencies.push_back({small_id<AccountId>(1 + below(2)),
                                     some_time(),
                                     TimeMs{static_cast<std::uint64_t>(3 + below(6))},
                                     some_scope()});
  }
  c.request.purpose = asked_purpose(c.requester.role);
  c.request.action = static_cast<ledger::Action>(below(4));
  if (rarely(2)) c.request.project = small_id<AccountId>(20 + below(2));
  c.request.at.earliest = some_time();
  c.request.at.latest = TimeMs{c.request.at.earliest.value + static_cast<std::uint64_t>(below(2))};
  c.request.state_age_ms = rarely(40) ? 6 : static_cast<std::uint64_t>(below(6));
  if (rarely(4)) c.request.counted_grant = small_id<GrantId>(100 + below(6));
  c.request.takes_no_use = rarely(3);
}

/// Reasons that were reached, and twice those with two ways to them.
struct Seen {
  std::set<Reason> reasons;
  bool inactive_person = false;  ///< of an active organisation
  bool out_of_scope = false;     ///< his emergency is about other records

  void note(const Case& c, Reason reason) {
    reasons.insert(reason);
    inactive_person |= reason == Reason::kMemberInactive && c.requester.organisation_active;
    const auto& emergencies = c.consent.emergencies;
    out_of_scope |= reason == Reason::kEmergencyNotDeclared &&
                    std::any_of(emergencies.begin(), emergencies.end(), [&c](const auto& one) {
                      return one.person == c.requester.person;
                    });
  }
};

TEST(DecideProperty, AgreesWithTheReferenceOnEveryReason) {
  Seen seen;
  const bool agrees = rc::check("decide() == reference::decide()", [&seen] {
    for (int i = 0; i < 100; ++i) {
      Case c;
      fill_case(c);
      const Decision decision = c.decided();
      seen.note(c, decision.reason);
      RC_ASSERT(decision == c.expected());
      RC_ASSERT(decision.permit == is_permit(decision.reason));
    }
  });
  EXPECT_TRUE(agrees);
  // The generated worlds reach all that decide() can say; who reads a log or asks for a list it is
  // not asked.
  for (int n = 0; n < static_cast<int>(Reason::kNotAuthenticated); ++n) {
    const auto reason = static_cast<Reason>(n);
    const bool is_others = reason == Reason::kAuditor || reason == Reason::kListed;
    if (!is_valid(reason) || is_others) continue;
    EXPECT_TRUE(seen.reasons.contains(reason)) << name(reason);
  }
  EXPECT_TRUE(seen.inactive_person);
  EXPECT_TRUE(seen.out_of_scope);
}

RC_GTEST_PROP(DecideProperty, OrderOfGrantsProxiesAndEmergenciesIsIrrelevant, ()) {
  for (int i = 0; i < 10; ++i) {
    Case c;
    fill_case(c);
    const Decision decision = c.decided();
    const auto turn = [](auto& list) {
      std::reverse(list.begin(), list.end());
      const int by = below(static_cast<int>(list.size()) + 1);
      std::rotate(list.begin(), list.begin() + by, list.end());
    };
    turn(c.consent.grants);
    turn(c.consent.proxies);
    turn(c.consent.emergencies);
    RC_ASSERT(c.decided() == decision);
  }
}

RC_GTEST_PROP(DecideProperty, AMoreDenyingWorldNeverOpensARecord, ()) {
  // One more active deny turns no denial into a permit, but for the implicit policy's end.
  Case c;
  fill_case(c);
  const Decision before = c.decided();
  c.terms.push_back(some_terms());
  GrantFacts denial = some_grant(200, c.terms.back());
  denial.effect = ledger::Effect::kDeny;
  c.consent.grants.push_back(denial);
  const Decision after = c.decided();
  RC_ASSERT(before.permit || !after.permit);
}

/// What a block may have changed of a patient's committed grants: the committed ones have other
/// terms, another end or other uses left, or are missing, and some that are committed are gone.
struct Layered {
  std::vector<GrantFacts> committed;
  std::vector<GrantFacts> changes;
  std::vector<GrantId> changed;
};

Layered layered(Case& c) {
  Layered result;
  for (const GrantFacts& grant : c.consent.grants) {
    if (!rarely(2)) {
      result.committed.push_back(grant);
      continue;
    }
    result.changes.push_back(grant);
    result.changed.push_back(grant.id);
    if (rarely(3)) continue;
    c.terms.push_back(some_terms());
    result.committed.push_back(some_grant(grant.id.value[0], c.terms.back()));
  }
  for (int i = below(3); i > 0; --i) {
    c.terms.push_back(some_terms());
    result.committed.push_back(some_grant(200 + i, c.terms.back()));
    result.changed.push_back(result.committed.back().id);
  }
  return result;
}

RC_GTEST_PROP(DecideProperty, LayersAnswerAsTheGrantsTheyLeave, ()) {
  for (int i = 0; i < 20; ++i) {
    Case c;
    fill_case(c);
    const Layered parts = layered(c);
    const ConsentIndex committed(parts.committed);
    const IndexedConsent consent{
        ConsentLayers(committed, ConsentIndex(parts.changes), parts.changed),
        c.consent.ever_granted,
        c.consent.proxies,
        c.consent.emergencies};
    RC_ASSERT(decide(tables_of(c.parameters), c.requester, c.record, consent, c.request) ==
              c.expected());
  }
}

RC_GTEST_PROP(DecideProperty, OneIndexAnswersEveryRequester, ()) {
  Case c;
  fill_case(c);
  for (int i = below(40); i > 0; --i) {
    c.terms.push_back(some_terms());
    c.consent.grants.push_back(some_grant(110 + i, c.terms.back()));
  }
  const ConsentIndex index(c.consent.grants);
  const IndexedConsent consent{
      ConsentLayers(index), c.consent.ever_granted, c.consent.proxies, c.consent.emergencies};
  for (int i = 0; i < 20; ++i) {
    Case other;
    fill_case(other);
    c.requester = other.requester;
    c.record = other.record;
    c.request = other.request;
    if (rarely(2)) c.request.counted_grant = small_id<GrantId>(100 + below(40));
    RC_ASSERT(decide(tables_of(c.parameters), c.requester, c.record, consent, c.request) ==
              c.expected());
  }
}

}  // namespace
}  // namespace galen::policy
