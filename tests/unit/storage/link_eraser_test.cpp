// The bodies of links, which go with either of their patients (PRIVACY.md 3): counted by the first
// order, opened by no single key, in no file afterwards.
#include "eraser_fixture.h"
#include "lose_key.h"
#include "storage/body_rows.h"

#include <gtest/gtest.h>

namespace galen::storage {
namespace {

class LinkEraserTest : public EraserTest, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(LinkEraserTest, ALinkGoesWithEitherOfItsPatients) {
  const std::uint32_t gone = GetParam();
  const std::uint32_t left = gone == kAnn ? kBob : kAnn;
  fill();
  apply({chain_.link(kAnn, kBob), chain_.unlink(kAnn, kBob)});
  EXPECT_EQ(bodies(5), 2U);
  for (const std::uint32_t patient : {kAnn, kBob}) {
    EXPECT_EQ(database_->count_bodies({path(patient), TreeKind::kClinical, {}}), 5U);
  }
  EXPECT_EQ(
      database_->count_bodies({path(gone), TreeKind::kClinical, {}, {path(kCal), path(left)}}), 2U);
  EXPECT_EQ(database_->count_bodies({path(gone), TreeKind::kClinical, {}, {path(kCal)}}), 0U);
  test::Secrets rows = link_rows(5);
  ASSERT_EQ(rows.size(), 4U);
  // And what the other's state says of the link.
  const Secret entry = link_entry(left);
  rows.insert(entry);
  EXPECT_FALSE(test::find_in_files(data(), rows).empty());

  const OrderId id = erase(gone);
  EXPECT_EQ(row(id).operations, 5U);
  EXPECT_EQ(bodies(5), 0U);
  EXPECT_EQ(database_->count_bodies({path(left), TreeKind::kClinical, {}}), 3U);
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  open();
  EXPECT_EQ(bodies(5), 0U);
  EXPECT_FALSE(row(id).shared.empty());
  ASSERT_TRUE(database_->erase_bytes(id, at(kNow)));
  EXPECT_TRUE(row(id).shared.empty());
  open();
  open();
  EXPECT_EQ(test::find_in_files(data(), rows), std::vector<std::string>{});
  EXPECT_EQ(bodies(1), 1U);
  EXPECT_EQ(bodies(5), 0U);

  const OrderId next = erase(left);
  EXPECT_EQ(row(next).operations, 3U);
}

TEST_P(LinkEraserTest, ALinkThatComesAfterEitherIsGoneIsLate) {
  const std::uint32_t gone = GetParam();
  const std::uint32_t left = gone == kAnn ? kBob : kAnn;
  fill();
  const auto order = chain_.erase_patient(gone, ErasureScope::kPatient);
  apply({chain_.link(kAnn, kBob), order, chain_.link(kAnn, kBob)});
  EXPECT_EQ(row({order->id, 0}).operations, 4U);
  EXPECT_EQ(bodies(5), 1U);  // the order itself
  apply({chain_.link(kAnn, kBob)});
  EXPECT_EQ(bodies(6), 0U);
  const auto block = database_->block(Height{5});
  ASSERT_TRUE(block);
  EXPECT_FALSE(block->outcomes.at(0).at(0).late);
  EXPECT_TRUE(block->outcomes.at(2).at(0).late);
  EXPECT_EQ(database_->count_bodies({path(left), TreeKind::kClinical, {}}), 3U);
  EXPECT_EQ(row(erase(left)).operations, 3U);
}

TEST_P(LinkEraserTest, OrdersForBothInOneBlockCountTheLinkOnce) {
  fill();
  apply({chain_.link(kAnn, kBob)});
  const auto between = chain_.link(kAnn, kBob);
  const auto first = chain_.erase_patient(GetParam(), ErasureScope::kPatient);
  const auto second =
      chain_.erase_patient(GetParam() == kAnn ? kBob : kAnn, ErasureScope::kPatient);
  EXPECT_EQ(counted({between, first, chain_.link(kAnn, kBob), second}),
            (std::vector<std::uint64_t>{5, 3}));
  EXPECT_EQ(row({first->id, 0}).operations, 5U);
  EXPECT_EQ(row({second->id, 0}).operations, 3U);
  EXPECT_EQ(bodies(5), 0U);
  for (const OrderId& id : {OrderId{first->id, 0}, OrderId{second->id, 0}}) {
    ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
    ASSERT_TRUE(database_->erase_bytes(id, at(kNow)));
  }
  open();
  EXPECT_EQ(bodies(5), 0U);
}

INSTANTIATE_TEST_SUITE_P(Either, LinkEraserTest, testing::Values(kAnn, kBob));

TEST_F(EraserTest, OneKeyOfALinkOpensNothing) {
  for (const std::uint32_t lost : {kAnn, kBob}) {
    apply({chain_.link(kAnn, kBob)});
    const Height height = database_->head().height();
    EXPECT_EQ(bodies(height.value), 1U);
    database_.reset();
    test::lose_key(data() / "keyring", path(lost), Compartment::kClinical);
    open();
    EXPECT_EQ(bodies(height.value), 0U) << lost;
  }
}

}  // namespace
}  // namespace galen::storage
