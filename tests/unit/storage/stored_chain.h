// Fixture: a chain in a database of its own, in a directory that goes with it. Thread rule: one
// thread.
#pragma once

#include "chain_fixture.h"
#include "storage/database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

namespace galen::storage {

class StoredChain : public testing::Test {
 protected:
  StoredChain() { open(); }

  /// Again, as after a stop.
  void open() {
    database_.reset();
    auto opened = Database::open(test_options(data()), chain_.genesis());
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }

  [[nodiscard]] std::filesystem::path data() const { return directory_.path() / "data"; }

  void apply(std::vector<ledger::DecodedTransactionPtr> transactions) {
    const TestBlock block = chain_.block(*database_, std::move(transactions));
    const auto applied = database_->apply(block.batch(0));
    ASSERT_TRUE(applied) << applied.error().message;
  }

  TemporaryDirectory directory_;
  TestChain chain_;
  std::unique_ptr<Database> database_;
};

}  // namespace galen::storage
