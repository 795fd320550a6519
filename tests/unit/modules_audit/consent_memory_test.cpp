// What is remembered of consent changes no answer: bounds, forgetting, and random histories with
// and without a memory, inside blocks and between them.
#include "modules/audit/consent_memory.h"

#include "modules/audit/evaluation.h"
#include "support/health_world.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <rapidcheck.h>

namespace galen::audit {
namespace {

using consent::GrantEntry;
using execution::StateOverlay;
using execution::StateReader;
using ledger::KeyKind;
using test::test_id;

int below(int n) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n));
}

bool rarely(int n) {
  return below(n) == 0;
}

const auto kPatient = test_id<PatientId>(1);

/// A committed state with roots, and how often its grants were read.
class CountingState final : public StateReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    return store.get(key);
  }

  void scan(const ledger::TreeId& tree,
            KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    ++scans;
    store.scan(tree, kind, visit);
  }

  void commit(const StateOverlay& block) {
    height = height.next();
    store.apply(execution::commit_writes(store, block.writes(), height));
  }

  test::MemoryState store;
  Height height{1};
  mutable int scans = 0;
};

void put_patient(StateOverlay& state, const PatientId& patient, bool ever_granted) {
  identity::PatientEntry entry;
  entry.custodian = test_id<AccountId>(9);
  entry.ever_granted = ever_granted;
  state.put(identity::PatientEntry::key(patient), entry.encode(), {});
}

GrantId grant_id(int n) {
  return test_id<GrantId>(100 + static_cast<std::uint64_t>(n));
}

AccountId organisation(int n) {
  return test_id<AccountId>(20 + static_cast<std::uint64_t>(n));
}

void put_grant(StateOverlay& state, const PatientId& patient, int n, const GrantEntry& entry) {
  state.put(GrantEntry::key(patient, grant_id(n)), entry.encode(), {});
}

GrantEntry plain_grant() {
  GrantEntry entry;
  entry.terms.patient = kPatient;
  entry.terms.grantee = {ledger::GranteeKind::kOrganisation, organisation(0)};
  entry.terms.purposes = {"TREAT"};
  entry.terms.valid_to = TimeMs{1000};
  return entry;
}

class Memory : public ::testing::Test {
 protected:
  Memory() {
    for (int n = 0; n < 4; ++n) {
      StateOverlay block(state);
      put_patient(block, patient(n), false);
      put_grant(block, patient(n), n, plain_grant());
      state.commit(block);
    }
  }

  static PatientId patient(int n) { return test_id<PatientId>(1 + static_cast<std::uint64_t>(n)); }

  /// Whether the grants came out of the memory.
  bool remembered(ConsentMemory& memory, int n, const StateReader& reader) {
    const int before = state.scans;
    const auto grants = load_grants(reader, patient(n), &memory);
    return grants != nullptr && state.scans == before;
  }

  CountingState state;
};

TEST_F(Memory, ServesTheSameRootOnceItWasRead) {
  ConsentCache cache;
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_TRUE(remembered(cache, 0, state));
  EXPECT_FALSE(remembered(cache, 1, state));
  EXPECT_EQ(cache.patients(), 2U);
  EXPECT_GT(cache.bytes(), 2 * sizeof(GrantEntry));
}

TEST_F(Memory, AnotherRootIsAnotherPatient) {
  ConsentCache cache;
  EXPECT_FALSE(remembered(cache, 0, state));
  StateOverlay block(state);
  put_grant(block, patient(0), 7, plain_grant());
  state.commit(block);
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_EQ(load_grants(state, patient(0), &cache)->index().grants().size(), 2U);
  EXPECT_EQ(cache.patients(), 1U);
}

TEST_F(Memory, WritesThatWaitForTheirCommitAreNotRemembered) {
  ConsentCache cache;
  StateOverlay block(state);
  put_grant(block, patient(0), 7, plain_grant());
  EXPECT_FALSE(remembered(cache, 0, block));
  EXPECT_EQ(cache.patients(), 0U);
  EXPECT_EQ(load_grants(block, patient(0), &cache)->index().grants().size(), 2U);
  // Another patient's grants are as committed, through the overlay too.
  EXPECT_FALSE(remembered(cache, 1, block));
  EXPECT_TRUE(remembered(cache, 1, block));
}

TEST_F(Memory, WithoutARootNothingIsRemembered) {
  ConsentCache cache;
  state.store.erase(execution::subject_root_key({ledger::TreeKind::kClinical, patient(0)}));
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_EQ(cache.patients(), 0U);
}

TEST_F(Memory, ForgetsAnErasedPatient) {
  ConsentCache cache;
  EXPECT_FALSE(remembered(cache, 0, state));
  state.store.erase(identity::PatientEntry::key(patient(0)));
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_EQ(cache.patients(), 0U);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST_F(Memory, ForgetsEverybodyAtAnErasure) {
  ConsentCache cache;
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_FALSE(remembered(cache, 1, state));
  cache.clear();
  EXPECT_EQ(cache.patients(), 0U);
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_TRUE(remembered(cache, 0, state));
}

TEST_F(Memory, DropsWhoWasNotAskedForTheLongest) {
  ConsentCache cache({.max_patients = 2});
  EXPECT_FALSE(remembered(cache, 0, state));
  EXPECT_FALSE(remembered(cache, 1, state));
  EXPECT_TRUE(remembered(cache, 0, state));
  EXPECT_FALSE(remembered(cache, 2, state));
  EXPECT_EQ(cache.patients(), 2U);
  EXPECT_TRUE(remembered(cache, 0, state));
  EXPECT_FALSE(remembered(cache, 1, state));
}

TEST_F(Memory, HoldsNoMoreBytesThanItMay) {
  const std::size_t one = load_grants(state, patient(0), nullptr)->bytes();
  ConsentCache two({.max_bytes = 2 * one});
  for (int n = 0; n < 4; ++n) EXPECT_FALSE(remembered(two, n, state));
  EXPECT_EQ(two.patients(), 2U);
  EXPECT_LE(two.bytes(), 2 * one);
  ConsentCache none({.max_bytes = one - 1});
  EXPECT_FALSE(remembered(none, 0, state));
  EXPECT_FALSE(remembered(none, 0, state));
  EXPECT_EQ(none.bytes(), 0U);
}

GrantEntry some_grant() {
  GrantEntry entry = plain_grant();
  entry.effect = rarely(4) ? ledger::Effect::kDeny : ledger::Effect::kPermit;
  entry.terms.grantee.id = organisation(below(2));
  entry.terms.purposes = {rarely(3) ? "HPAYMT" : "TREAT"};
  entry.terms.valid_from = TimeMs{static_cast<std::uint64_t>(below(4))};
  entry.terms.valid_to = TimeMs{static_cast<std::uint64_t>(3 + below(6))};
  if (rarely(3)) {
    entry.status = static_cast<policy::GrantStatus>(2 + below(2));
    entry.ended_at = TimeMs{static_cast<std::uint64_t>(below(6))};
  }
  if (rarely(3) && entry.effect == ledger::Effect::kPermit) {
    entry.terms.max_uses = 2;
    entry.uses_left = static_cast<std::uint32_t>(below(3));
  }
  return entry;
}

/// decide() of several requests with the memory, and from scratch.
void compare(const StateOverlay& block, const StateOverlay& above, ConsentMemory& memory) {
  const ledger::Parameters parameters = ledger::default_parameters();
  const auto tables = policy::tables_of(parameters);
  const PatientConsent warm(block, kPatient, "TREAT", &memory);
  const PatientConsent cold(static_cast<const StateReader&>(block), kPatient, "TREAT");
  const PatientConsent warm_above(above, kPatient, "TREAT", &memory);
  const PatientConsent cold_above(static_cast<const StateReader&>(above), kPatient, "TREAT");
  // What a node remembers must not change what it counts.
  RC_ASSERT(warm.work() == PatientConsent(block, kPatient, "TREAT").work());
  RC_ASSERT(warm_above.work() == PatientConsent(above, kPatient, "TREAT").work());
  RC_ASSERT(warm.work_per_record() == PatientConsent(block, kPatient, "TREAT").work_per_record());
  records::RecordEntry record;
  record.custodian = test_id<AccountId>(9);
  for (int i = 0; i < 6; ++i) {
    policy::Requester requester;
    requester.organisation = organisation(i % 3);
    requester.role = i < 4 ? ledger::Role::kClinician : ledger::Role::kBilling;
    policy::Request request;
    request.purpose = i < 4 ? "TREAT" : "HPAYMT";
    request.at = policy::Instant::of_block(TimeMs{static_cast<std::uint64_t>(below(9))});
    RC_ASSERT(warm.decide(tables, requester, record, request) ==
              cold.decide(tables, requester, record, request));
    RC_ASSERT(warm_above.decide(tables, requester, record, request) ==
              cold_above.decide(tables, requester, record, request));
  }
}

/// One random write, as operations of a block would make it.
void change(StateOverlay& state) {
  const int n = below(8);
  if (rarely(6)) {
    state.erase(GrantEntry::key(kPatient, grant_id(n)));
  } else if (rarely(6)) {
    put_patient(state, kPatient, rarely(2));
  } else {
    put_grant(state, kPatient, n, some_grant());
  }
}

RC_GTEST_PROP(MemoryProperty, AnswersDoNotDependOnWhatIsRemembered, ()) {
  CountingState state;
  ConsentCache cache({.max_patients = 3});
  std::optional<StateOverlay> block(std::in_place, state);
  put_patient(*block, kPatient, false);
  state.commit(*block);
  block.emplace(state);
  for (int step = 0; step < 30; ++step) {
    const auto mark = block->mark();
    for (int i = below(4); i > 0; --i) change(*block);
    StateOverlay above(static_cast<const StateReader&>(*block));
    for (int i = below(3); i > 0; --i) change(above);
    compare(*block, above, cache);
    if (rarely(3)) block->rollback(mark);
    compare(*block, above, cache);
    if (rarely(3)) {
      // A block is committed, or another one is proposed on the same parent.
      if (!rarely(3)) state.commit(*block);
      block.emplace(state);
    }
  }
  RC_ASSERT(cache.patients() == 1U);
}

}  // namespace
}  // namespace galen::audit
