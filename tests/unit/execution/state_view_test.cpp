#include "execution/state_view.h"

#include "memory_store.h"

#include <gtest/gtest.h>

#include <map>

namespace galen::execution {
namespace {

using ledger::KeyKind;
using ledger::StateKey;

StateKey organisation(std::uint8_t byte) {
  return StateKey::main(KeyKind::kOrganisation, Bytes(32, byte));
}

std::map<Bytes, Bytes> scanned(const StateReader& state) {
  std::map<Bytes, Bytes> found;
  state.scan({}, KeyKind::kOrganisation, [&](BytesView id, BytesView value) {
    EXPECT_TRUE(found.emplace(to_bytes(id), to_bytes(value)).second) << "visited twice";
    return true;
  });
  return found;
}

class StateOverlayTest : public testing::Test {
 protected:
  StateOverlayTest() {
    StateCommit commit;
    commit.values[organisation(1)] = {Bytes{1}, {}};
    commit.values[organisation(2)] = {Bytes{2}, {}};
    base_.apply(commit);
  }

  MemoryStore base_;
  StateOverlay overlay_{base_};
};

TEST_F(StateOverlayTest, ReadsItsBaseUntilWritten) {
  EXPECT_EQ(overlay_.get(organisation(1)), Bytes{1});
  EXPECT_EQ(overlay_.get(organisation(3)), std::nullopt);
  overlay_.put(organisation(1), Bytes{9}, {});
  EXPECT_EQ(overlay_.get(organisation(1)), Bytes{9});
  EXPECT_EQ(base_.get(organisation(1)), Bytes{1});
}

TEST_F(StateOverlayTest, DeletionHidesTheBase) {
  overlay_.erase(organisation(1));
  EXPECT_EQ(overlay_.get(organisation(1)), std::nullopt);
  EXPECT_EQ(scanned(overlay_), (std::map<Bytes, Bytes>{{Bytes(32, 2), Bytes{2}}}));
}

TEST_F(StateOverlayTest, ScanSeesEveryKeyOnceWithItsNewestValue) {
  overlay_.put(organisation(2), Bytes{22}, {});
  overlay_.put(organisation(3), Bytes{33}, {});
  overlay_.put(StateKey::main(KeyKind::kParameters), Bytes{44}, {});
  EXPECT_EQ(scanned(overlay_),
            (std::map<Bytes, Bytes>{
                {Bytes(32, 1), Bytes{1}}, {Bytes(32, 2), Bytes{22}}, {Bytes(32, 3), Bytes{33}}}));
}

TEST_F(StateOverlayTest, ScanStopsWhenTold) {
  overlay_.put(organisation(3), Bytes{33}, {});
  for (int limit = 1; limit <= 3; ++limit) {
    int visits = 0;
    overlay_.scan(
        {}, KeyKind::kOrganisation, [&](BytesView, BytesView) { return ++visits < limit; });
    EXPECT_EQ(visits, limit);
  }
}

TEST_F(StateOverlayTest, RollbackRestoresWhatWasWrittenBeforeTheMark) {
  overlay_.put(organisation(1), Bytes{9}, Digest::from(Bytes(32, 1)));
  const StateWrites before = overlay_.writes();
  const StateOverlay::Mark mark = overlay_.mark();
  overlay_.put(organisation(1), Bytes{10}, {});
  overlay_.erase(organisation(1));
  overlay_.erase(organisation(2));
  overlay_.put(organisation(3), Bytes{3}, {});
  overlay_.rollback(mark);
  EXPECT_EQ(overlay_.writes(), before);
  EXPECT_EQ(overlay_.get(organisation(2)), Bytes{2});
}

TEST_F(StateOverlayTest, NestedMarksRollBackOneByOne) {
  const StateOverlay::Mark outer = overlay_.mark();
  overlay_.put(organisation(1), Bytes{10}, {});
  const StateOverlay::Mark inner = overlay_.mark();
  overlay_.put(organisation(1), Bytes{11}, {});
  overlay_.rollback(inner);
  EXPECT_EQ(overlay_.get(organisation(1)), Bytes{10});
  overlay_.rollback(outer);
  EXPECT_TRUE(overlay_.writes().empty());
}

using StateOverlayDeathTest = StateOverlayTest;

TEST_F(StateOverlayDeathTest, RollbackPastTheMarkIsAProgrammingError) {
  overlay_.put(organisation(1), Bytes{10}, {});
  const StateOverlay::Mark mark = overlay_.mark();
  overlay_.rollback(0);
  EXPECT_DEATH(overlay_.rollback(mark), "CHECK failed");
}

TEST_F(StateOverlayTest, NamesASubtreeByItsRootUntilItIsWritten) {
  const auto subject = PatientId::from(Bytes(32, 5));
  const ledger::TreeId clinical{ledger::TreeKind::kClinical, subject};
  const ledger::TreeId audit{ledger::TreeKind::kAudit, subject};
  EXPECT_EQ(overlay_.subtree_root(clinical), std::nullopt);
  StateCommit commit;
  commit.values[StateKey::main(KeyKind::kSubjectRoot, subject)] = {Bytes(32, 1), {}};
  commit.values[StateKey::main(KeyKind::kAuditRoot, subject)] = {Bytes(32, 2), {}};
  base_.apply(commit);
  EXPECT_EQ(base_.subtree_root(clinical), Bytes(32, 1));
  EXPECT_EQ(overlay_.subtree_root(clinical), Bytes(32, 1));
  const auto mark = overlay_.mark();
  overlay_.put(StateKey::clinical(subject, KeyKind::kGrant, Bytes(32, 7)), Bytes{1}, {});
  const StateOverlay above(static_cast<const StateReader&>(overlay_));
  EXPECT_EQ(overlay_.subtree_root(clinical), std::nullopt);
  EXPECT_EQ(above.subtree_root(clinical), std::nullopt);
  EXPECT_EQ(overlay_.subtree_root(audit), Bytes(32, 2));
  overlay_.rollback(mark);
  EXPECT_EQ(above.subtree_root(clinical), Bytes(32, 1));
}

TEST_F(StateOverlayTest, ScansItsOwnWritesOfOneKind) {
  overlay_.put(organisation(2), Bytes{22}, {});
  overlay_.erase(organisation(1));
  overlay_.put(StateKey::main(KeyKind::kParameters), Bytes{44}, {});
  overlay_.put(StateKey::main(KeyKind::kTombstone, Bytes(32, 1)), Bytes{45}, {});
  std::map<Bytes, std::optional<Bytes>> found;
  overlay_.scan_writes({}, KeyKind::kOrganisation, [&](BytesView id, const auto& value) {
    found.emplace(to_bytes(id), value);
  });
  EXPECT_EQ(found,
            (std::map<Bytes, std::optional<Bytes>>{{Bytes(32, 1), std::nullopt},
                                                   {Bytes(32, 2), Bytes{22}}}));
}

}  // namespace
}  // namespace galen::execution
