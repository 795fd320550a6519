#include "base/limits.h"
#include "execution/executor.h"
#include "memory_store.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace galen::execution {
namespace {

TEST(NonceWindow, StartsFreshAndZeroIsNeverValid) {
  const NonceWindow window;
  EXPECT_TRUE(window.is_fresh(1));
  EXPECT_TRUE(window.is_fresh((std::uint64_t{1} << 48U) - 1));
  EXPECT_FALSE(window.is_fresh(0));
}

TEST(NonceWindow, KeepsTheNewest4096Numbers) {
  NonceWindow window;
  window.use(5000);
  EXPECT_FALSE(window.is_fresh(5000));
  EXPECT_TRUE(window.is_fresh(5000 - limits::kNonceWindow + 1));
  EXPECT_FALSE(window.is_fresh(5000 - limits::kNonceWindow));
}

TEST(NonceWindow, UsedNumberStaysUsedUntilTheWindowPasses) {
  NonceWindow window;
  window.use(7);
  window.use(7 + limits::kNonceWindow - 1);
  EXPECT_FALSE(window.is_fresh(7));
  // Number 7 + 4096 shares the bit of number 7.
  EXPECT_TRUE(window.is_fresh(7 + limits::kNonceWindow));
  window.use(7 + limits::kNonceWindow);
  EXPECT_FALSE(window.is_fresh(7));
}

RC_GTEST_PROP(NonceWindow, AgreesWithASetOfUsedNumbers, ()) {
  NonceWindow window;
  std::set<std::uint64_t> used;
  std::uint64_t highest = 0;
  const auto steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    const auto jump = *rc::gen::element<std::uint64_t>(1, 2, 10, 4094, 4095, 4096, 4097, 9000);
    const bool ahead = *rc::gen::arbitrary<bool>();
    const std::uint64_t sequence = ahead ? highest + jump : highest - std::min(highest, jump);
    const bool fresh =
        sequence != 0 && !used.contains(sequence) && sequence + limits::kNonceWindow > highest;
    RC_ASSERT(window.is_fresh(sequence) == fresh);
    if (!fresh) continue;
    window.use(sequence);
    used.insert(sequence);
    highest = std::max(highest, sequence);
    RC_ASSERT(window.highest == highest);
  }
}

TEST(NonceWindow, BytesAreFrozen) {
  NonceWindow window;
  window.use(10);
  window.use(3);
  Bytes expected{0, 1, 0, 0, 0, 0, 0, 0, 0, 10, 0x08, 0x04};
  expected.resize(2 + 8 + 512);
  EXPECT_EQ(window.encode(), expected);
  const auto decoded = NonceWindow::decode(expected);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->highest, 10U);
  EXPECT_EQ(decoded->encode(), expected);
}

TEST(NonceWindow, DamagedBytesAreRefused) {
  NonceWindow window;
  window.use(10);
  const Bytes good = window.encode();
  Bytes unused_highest = good;
  unused_highest[9] = 11;
  EXPECT_FALSE(NonceWindow::decode(unused_highest).has_value());
  Bytes version = good;
  version[1] = 2;
  EXPECT_FALSE(NonceWindow::decode(version).has_value());
  EXPECT_FALSE(NonceWindow::decode(BytesView(good).first(good.size() - 1)).has_value());
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(NonceWindow::decode(longer).has_value());
}

TEST(NonceWindow, LanesOfASubmitterAreApart) {
  MemoryStore base;
  StateOverlay state(base);
  const AccountId submitter = AccountId::from(Bytes(32, 1));
  NonceWindow window;
  window.use(4);
  window.store(state, submitter, 2);
  EXPECT_FALSE(NonceWindow::load(state, submitter, 2).is_fresh(4));
  EXPECT_TRUE(NonceWindow::load(state, submitter, 3).is_fresh(4));
  EXPECT_TRUE(NonceWindow::load(state, AccountId::from(Bytes(32, 2)), 2).is_fresh(4));
}

}  // namespace
}  // namespace galen::execution
