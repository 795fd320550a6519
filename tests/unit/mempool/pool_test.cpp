#include "mempool/pool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>

namespace galen::mempool {
namespace {

using ledger::DecodedTransactionPtr;

AccountId submitter(std::uint8_t number) {
  return AccountId::from(Bytes(32, number));
}

struct Shape {
  std::uint8_t submitter = 1;
  std::uint64_t sequence = 1;
  std::size_t bytes = 100;
  std::size_t operations = 1;
  std::uint64_t valid_until = 1000;
  std::uint8_t variant = 0;  ///< tells transactions with the same nonce apart
};

DecodedTransactionPtr make(const Shape& shape) {
  auto result = std::make_shared<ledger::DecodedTransaction>();
  ledger::TransactionHeader& header = result->transaction.header;
  header.submitter = submitter(shape.submitter);
  header.nonce.sequence = shape.sequence;
  header.valid_until = TimeMs{shape.valid_until};
  result->transaction.operations.resize(shape.operations);
  result->bytes = Bytes(shape.bytes, 0);
  result->id.value[0] = shape.submitter;
  result->id.value[1] = shape.variant;
  for (std::size_t i = 0; i < 8; ++i) {
    result->id.value[2 + i] = static_cast<std::uint8_t>(shape.sequence >> (8 * i));
  }
  return result;
}

DecodedTransactionPtr numbered(std::uint64_t sequence) {
  Shape shape;
  shape.sequence = sequence;
  return make(shape);
}

std::vector<std::uint64_t> sequences(const std::vector<DecodedTransactionPtr>& batch) {
  std::vector<std::uint64_t> result;
  for (const auto& t : batch) result.push_back(t->transaction.header.nonce.sequence);
  return result;
}

ErrorCode error(const Status& status) {
  return status ? ErrorCode::kInternal : status.error().code;
}

TEST(Pool, GivesTransactionsInTheOrderTheyCame) {
  Pool pool;
  for (const std::uint64_t n : {5U, 2U, 9U}) {
    ASSERT_TRUE(pool.add(numbered(n), n).has_value());
  }
  EXPECT_EQ(sequences(pool.take({})), (std::vector<std::uint64_t>{5, 2, 9}));
  EXPECT_EQ(pool.size(), 3U);
  EXPECT_EQ(pool.bytes(), 300U);
  EXPECT_EQ(pool.entry(numbered(5)->id)->admitted_tick, 5U);
  EXPECT_EQ(pool.entry(numbered(9)->id)->admitted_tick, 9U);
  EXPECT_LT(pool.entry(numbered(2)->id)->order, pool.entry(numbered(9)->id)->order);
}

TEST(Pool, IsEmptyAtFirst) {
  const Pool pool;
  EXPECT_TRUE(pool.empty());
  EXPECT_EQ(pool.entry(TxId{}), nullptr);
  EXPECT_EQ(pool.find(TxId{}), nullptr);
  EXPECT_TRUE(pool.take({}).empty());
}

TEST(Pool, SameTransactionIsHeldOnce) {
  Pool pool;
  ASSERT_TRUE(pool.add(numbered(1), 1).has_value());
  EXPECT_EQ(error(pool.add(numbered(1), 2)), ErrorCode::kAlreadyExists);
  EXPECT_EQ(pool.size(), 1U);
  EXPECT_EQ(pool.entry(numbered(1)->id)->admitted_tick, 1U);
}

TEST(Pool, FirstOfTwoWithTheSameNonceStays) {
  Pool pool;
  const auto first = make({.variant = 1});
  const auto second = make({.variant = 2});
  ASSERT_TRUE(pool.add(first, 1).has_value());
  EXPECT_EQ(error(pool.add(second, 1)), ErrorCode::kAlreadyExists);
  EXPECT_TRUE(pool.contains(first->id));
  EXPECT_FALSE(pool.contains(second->id));
  EXPECT_TRUE(pool.add(make({.submitter = 2}), 1).has_value());
}

TEST(Pool, CommittedTwinTakesTheNoncesHolderOut) {
  Pool pool;
  ASSERT_TRUE(pool.add(make({.variant = 1}), 1).has_value());
  pool.remove({make({.variant = 2}), numbered(77)});
  EXPECT_TRUE(pool.empty());
  EXPECT_EQ(pool.bytes(), 0U);
}

TEST(Pool, RefusesOneTransactionTooMany) {
  Pool pool({.transactions = 2});
  ASSERT_TRUE(pool.add(numbered(1), 1).has_value());
  ASSERT_TRUE(pool.add(numbered(2), 1).has_value());
  EXPECT_EQ(error(pool.add(numbered(3), 1)), ErrorCode::kResourceExhausted);
  EXPECT_FALSE(pool.contains(numbered(3)->id));
  pool.remove({numbered(1)});
  EXPECT_TRUE(pool.add(numbered(3), 1).has_value());
}

TEST(Pool, RefusesOneByteTooMany) {
  Pool pool({.bytes = 300});
  ASSERT_TRUE(pool.add(make({.sequence = 1, .bytes = 200}), 1).has_value());
  EXPECT_EQ(error(pool.add(make({.sequence = 2, .bytes = 101}), 1)), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(pool.add(make({.sequence = 3, .bytes = 100}), 1).has_value());
  EXPECT_EQ(pool.bytes(), 300U);
}

TEST(Pool, OneSubmitterCannotFillIt) {
  Pool pool({.transactions_per_submitter = 2});
  ASSERT_TRUE(pool.add(numbered(1), 1).has_value());
  ASSERT_TRUE(pool.add(numbered(2), 1).has_value());
  EXPECT_EQ(error(pool.add(numbered(3), 1)), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(pool.add(make({.submitter = 2}), 1).has_value());
  EXPECT_EQ(pool.size_of(submitter(1)), 2U);
  pool.remove({numbered(1), numbered(2)});
  EXPECT_EQ(pool.size_of(submitter(1)), 0U);
}

TEST(Pool, OneSubmitterCannotFillItWithBytes) {
  Pool pool({.bytes_per_submitter = 250});
  ASSERT_TRUE(pool.add(make({.sequence = 1, .bytes = 200}), 1).has_value());
  EXPECT_EQ(error(pool.add(make({.sequence = 2, .bytes = 51}), 1)), ErrorCode::kResourceExhausted);
  ASSERT_TRUE(pool.add(make({.sequence = 3, .bytes = 50}), 1).has_value());
  EXPECT_EQ(error(pool.add(make({.sequence = 4, .bytes = 1}), 1)), ErrorCode::kResourceExhausted);
  EXPECT_EQ(pool.bytes_of(submitter(1)), 250U);
  EXPECT_TRUE(pool.add(make({.submitter = 2, .bytes = 200}), 1).has_value());
  pool.remove({make({.sequence = 1, .bytes = 200})});
  EXPECT_EQ(pool.bytes_of(submitter(1)), 50U);
  EXPECT_TRUE(pool.add(make({.sequence = 5, .bytes = 200}), 1).has_value());
}

TEST(Pool, WhatWasPassedOverGoesBeforeOthersInAReserveOfItsOwn) {
  Pool pool({.transactions = 3,
             .bytes = 1000,
             .transactions_per_submitter = 1,
             .bytes_per_submitter = 400});
  const ValidatorIndex one{1};
  ASSERT_TRUE(pool.add(numbered(1), 1).has_value());
  EXPECT_EQ(error(pool.add(numbered(2), 1)), ErrorCode::kResourceExhausted);
  ASSERT_TRUE(pool.add_overtaken(numbered(2), 5, one).has_value());
  EXPECT_EQ(pool.entry(numbered(2)->id)->reserved_by, one);
  EXPECT_EQ(sequences(pool.take({})), (std::vector<std::uint64_t>{2, 1}));
  for (std::size_t i = 1; i < kMaxReservedPerValidator; ++i) {
    ASSERT_TRUE(pool.add_overtaken(numbered(2 + i), 5, one).has_value()) << i;
  }
  EXPECT_EQ(error(pool.add_overtaken(numbered(99), 5, one)), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(pool.add_overtaken(numbered(99), 5, ValidatorIndex{2}).has_value())
      << "another one's reserve";
  // Reserves take nothing from the caps, nor the other way round.
  EXPECT_EQ(pool.size_of(submitter(1)), 1U);
  EXPECT_TRUE(pool.add(make({.submitter = 2, .bytes = 300}), 1).has_value());
  ASSERT_TRUE(pool.add_overtaken(make({.submitter = 3, .bytes = 300}), 1, one).has_value())
      << "full: as any other";
  EXPECT_FALSE(pool.entry(make({.submitter = 3})->id)->reserved_by);
  EXPECT_EQ(error(pool.add(make({.submitter = 4}), 1)), ErrorCode::kResourceExhausted);
  EXPECT_EQ(pool.take({}).size(), kMaxReservedPerValidator + 1 + 3);
  pool.remove({numbered(2)});
  EXPECT_TRUE(pool.add_overtaken(numbered(100), 1, one).has_value());
  pool.prune(TimeMs{2000});
  EXPECT_TRUE(pool.empty());
  EXPECT_EQ(pool.bytes(), 0U);
}

TEST(Pool, WhatIsHereAlreadyIsBroughtForward) {
  Pool pool({.transactions = 10, .bytes = 10'000, .transactions_per_submitter = 3});
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(pool.add(numbered(n), n).has_value());
  ASSERT_TRUE(pool.add_overtaken(numbered(3), 9, ValidatorIndex{1}).has_value());
  EXPECT_EQ(sequences(pool.take({})), (std::vector<std::uint64_t>{3, 1, 2}));
  EXPECT_EQ(pool.entry(numbered(3)->id)->admitted_tick, 3U);
  EXPECT_EQ(pool.size_of(submitter(1)), 2U) << "it left its submitter's share";
  // Again, and by another: it stays where it is.
  ASSERT_TRUE(pool.add_overtaken(numbered(3), 9, ValidatorIndex{2}).has_value());
  EXPECT_EQ(pool.entry(numbered(3)->id)->reserved_by, ValidatorIndex{1});
  // Another one with its nonce: that is what can commit here, and it goes first.
  EXPECT_EQ(error(pool.add_overtaken(make({.sequence = 2, .variant = 9}), 9, ValidatorIndex{1})),
            ErrorCode::kAlreadyExists);
  EXPECT_EQ(sequences(pool.take({})), (std::vector<std::uint64_t>{3, 2, 1}));
  pool.remove({numbered(1), numbered(2), numbered(3)});
  EXPECT_TRUE(pool.empty());
  EXPECT_EQ(pool.bytes(), 0U);
  EXPECT_EQ(pool.size_of(submitter(1)), 0U);
}

TEST(Pool, AReserveIsBoundedByBytesToo) {
  Pool pool({.transactions = 10,
             .bytes = 100,
             .transactions_per_submitter = 10,
             .bytes_per_submitter = 100});
  const std::size_t half = kMaxReservedBytesPerValidator / 2;
  const ValidatorIndex one{1};
  ASSERT_TRUE(pool.add_overtaken(make({.sequence = 1, .bytes = half}), 1, one).has_value());
  EXPECT_EQ(error(pool.add_overtaken(make({.sequence = 2, .bytes = half + 1}), 1, one)),
            ErrorCode::kResourceExhausted);
  EXPECT_TRUE(pool.add_overtaken(make({.sequence = 3, .bytes = half}), 1, one).has_value());
  EXPECT_EQ(pool.bytes(), 2 * half);
  EXPECT_TRUE(pool.add(make({.sequence = 4, .bytes = 100}), 1).has_value());
  pool.remove({make({.sequence = 1, .bytes = half})});
  EXPECT_EQ(pool.bytes(), half + 100);
  EXPECT_TRUE(pool.add_overtaken(make({.sequence = 2, .bytes = half}), 1, one).has_value());
}

TEST(Pool, IsVisitedOldestFirstUntilEnough) {
  Pool pool;
  for (std::uint64_t n = 1; n <= 4; ++n) ASSERT_TRUE(pool.add(numbered(n), n).has_value());
  std::vector<std::uint64_t> seen;
  pool.visit([&](const PoolEntry& entry) {
    seen.push_back(entry.admitted_tick);
    return seen.size() < 3;
  });
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(Pool, BatchEndsAtItsCount) {
  Pool pool;
  for (std::uint64_t n = 1; n <= 5; ++n) ASSERT_TRUE(pool.add(numbered(n), 1).has_value());
  EXPECT_EQ(pool.take({.transactions = 3}).size(), 3U);
}

TEST(Pool, BatchEndsAtItsBytesLengthsIncluded) {
  Pool pool;
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(pool.add(numbered(n), 1).has_value());
  EXPECT_EQ(pool.take({.bytes = 208}).size(), 2U);
  EXPECT_EQ(pool.take({.bytes = 207}).size(), 1U);
}

TEST(Pool, BatchEndsAtItsOperations) {
  Pool pool;
  for (std::uint64_t n = 1; n <= 3; ++n) {
    ASSERT_TRUE(pool.add(make({.sequence = n, .operations = 10}), 1).has_value());
  }
  EXPECT_EQ(pool.take({.operations = 20}).size(), 2U);
  EXPECT_EQ(pool.take({.operations = 19}).size(), 1U);
}

TEST(Pool, SmallerTransactionDoesNotOvertake) {
  Pool pool;
  ASSERT_TRUE(pool.add(make({.sequence = 1, .bytes = 100}), 1).has_value());
  ASSERT_TRUE(pool.add(make({.sequence = 2, .bytes = 500}), 1).has_value());
  ASSERT_TRUE(pool.add(make({.sequence = 3, .bytes = 10}), 1).has_value());
  EXPECT_EQ(sequences(pool.take({.bytes = 550})), (std::vector<std::uint64_t>{1}));
}

TEST(Pool, OneThatFitsNoBlockDoesNotBlockTheOthers) {
  Pool pool;
  ASSERT_TRUE(pool.add(make({.sequence = 1, .bytes = 1000}), 1).has_value());
  ASSERT_TRUE(pool.add(make({.sequence = 2}), 1).has_value());
  EXPECT_EQ(sequences(pool.take({.bytes = 500})), (std::vector<std::uint64_t>{2}));
}

TEST(Pool, CallerLeavesOutWhatDoesNotFitTheBlock) {
  Pool pool;
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(pool.add(numbered(n), 1).has_value());
  const auto odd = [](const ledger::DecodedTransaction& t) {
    return t.transaction.header.nonce.sequence % 2 == 1;
  };
  EXPECT_EQ(sequences(pool.take({}, odd)), (std::vector<std::uint64_t>{1, 3}));
}

TEST(Pool, PruneTakesOutExpiredTransactionsAtTheirTime) {
  Pool pool;
  ASSERT_TRUE(pool.add(make({.sequence = 1, .valid_until = 30}), 1).has_value());
  ASSERT_TRUE(pool.add(make({.sequence = 2, .valid_until = 10}), 1).has_value());
  ASSERT_TRUE(pool.add(make({.sequence = 3, .valid_until = 20}), 1).has_value());
  EXPECT_TRUE(pool.prune(TimeMs{9}).empty());
  EXPECT_EQ(pool.prune(TimeMs{20}).size(), 2U);
  EXPECT_EQ(sequences(pool.take({})), (std::vector<std::uint64_t>{1}));
}

TEST(Pool, PruneTakesOutUsedNonces) {
  Pool pool;
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(pool.add(numbered(n), 1).has_value());
  const auto used = [](const ledger::DecodedTransaction& transaction) {
    return transaction.transaction.header.nonce.sequence <= 2;
  };
  EXPECT_EQ(pool.prune(TimeMs{1}, used), (std::vector<TxId>{numbered(1)->id, numbered(2)->id}));
  EXPECT_EQ(sequences(pool.take({})), (std::vector<std::uint64_t>{3}));
}

/// DOS-5: list and indexes cannot drift apart, whatever happens.
RC_GTEST_PROP(Pool, AgreesWithAPlainQueue, ()) {
  Pool pool({.transactions = 12, .bytes = 2000, .transactions_per_submitter = 8});
  std::deque<DecodedTransactionPtr> model;
  const auto steps = *rc::gen::inRange(1, 120);
  for (int step = 0; step < steps; ++step) {
    Shape shape;
    shape.submitter = *rc::gen::inRange<std::uint8_t>(1, 4);
    shape.sequence = *rc::gen::inRange<std::uint64_t>(1, 8);
    shape.bytes = *rc::gen::inRange<std::size_t>(1, 400);
    shape.valid_until = *rc::gen::inRange<std::uint64_t>(1, 100);
    shape.variant = *rc::gen::inRange<std::uint8_t>(0, 2);
    const auto transaction = make(shape);
    const auto same_nonce = [&](const DecodedTransactionPtr& t) {
      return t->transaction.header.submitter == transaction->transaction.header.submitter &&
             t->transaction.header.nonce == transaction->transaction.header.nonce;
    };
    const int action = *rc::gen::inRange(0, 10);
    if (action < 7) {
      std::size_t bytes = 0;
      std::size_t of_submitter = 0;
      for (const auto& t : model) {
        bytes += t->bytes.size();
        of_submitter +=
            t->transaction.header.submitter == transaction->transaction.header.submitter ? 1U : 0U;
      }
      const bool fits = model.size() < 12 && bytes + shape.bytes <= 2000 && of_submitter < 8 &&
                        std::none_of(model.begin(), model.end(), same_nonce);
      RC_ASSERT(pool.add(transaction, 1).has_value() == fits);
      if (fits) model.push_back(transaction);
    } else if (action < 9) {
      pool.remove({transaction});
      std::erase_if(model, same_nonce);
    } else {
      (void)pool.prune(TimeMs{shape.valid_until});
      std::erase_if(model, [&](const DecodedTransactionPtr& t) {
        return t->transaction.header.valid_until.value <= shape.valid_until;
      });
    }
    RC_ASSERT(pool.take({}) == std::vector<DecodedTransactionPtr>(model.begin(), model.end()));
    RC_ASSERT(pool.size() == model.size());
    for (const auto& t : model) RC_ASSERT(pool.contains(t->id));
  }
}

std::vector<std::uint8_t> submitters(const std::vector<DecodedTransactionPtr>& batch) {
  std::vector<std::uint8_t> result;
  for (const auto& t : batch) result.push_back(t->transaction.header.submitter.value[0]);
  return result;
}

/// What would fill block after block with work has a part of each, behind all others.
TEST(Pool, WhoAsksForMuchWorkHasAShareBehindOthers) {
  Pool pool({.work_per_submitter = 1000});
  for (std::uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(pool.add(make({.submitter = 1, .sequence = i}), 1).has_value());
  }
  ASSERT_TRUE(pool.add(make({.submitter = 2, .sequence = 1}), 1).has_value());
  EXPECT_EQ(pool.take({}).size(), 21U) << "nothing is known of them";
  for (int i = 0; i < 50; ++i) pool.note_work(submitter(1), 400);
  EXPECT_TRUE(pool.is_costly(submitter(1)));
  EXPECT_FALSE(pool.is_costly(submitter(2)));
  EXPECT_EQ(submitters(pool.take({})), (std::vector<std::uint8_t>{2, 1, 1}));
  EXPECT_EQ(sequences(pool.take({})), (std::vector<std::uint64_t>{1, 1, 2}));
  // A single one of them is more than its share: it has its turn, or it would wait for ever.
  for (int i = 0; i < 50; ++i) pool.note_work(submitter(1), 5000);
  EXPECT_EQ(submitters(pool.take({})), (std::vector<std::uint8_t>{2, 1}));
  // Cheap ones make up for it.
  for (int i = 0; i < 100; ++i) pool.note_work(submitter(1), 0);
  EXPECT_FALSE(pool.is_costly(submitter(1)));
  EXPECT_EQ(pool.take({}).size(), 21U);
}

/// What a validator says was passed over goes before others, but takes no more work for it.
TEST(Pool, TheReserveIsNoWayAroundTheShareOfWork) {
  Pool pool({.work_per_submitter = 1000});
  ASSERT_TRUE(pool.add(make({.submitter = 2, .sequence = 1}), 1).has_value());
  for (std::uint64_t i = 1; i <= 8; ++i) {
    const auto next = make({.submitter = 1, .sequence = i});
    ASSERT_TRUE(pool.add_overtaken(next, 1, ValidatorIndex{1}).has_value());
  }
  for (int i = 0; i < 50; ++i) pool.note_work(submitter(1), 400);
  EXPECT_EQ(submitters(pool.take({})), (std::vector<std::uint8_t>{2, 1, 1}));
}

TEST(Pool, FewCostlyTransactionsAreNobodysBurden) {
  Pool pool({.work_per_submitter = 1000});
  ASSERT_TRUE(pool.add(make({.submitter = 1, .sequence = 1}), 1).has_value());
  ASSERT_TRUE(pool.add(make({.submitter = 1, .sequence = 2}), 1).has_value());
  ASSERT_TRUE(pool.add(make({.submitter = 2, .sequence = 1}), 1).has_value());
  for (int i = 0; i < 50; ++i) pool.note_work(submitter(1), 400);
  EXPECT_FALSE(pool.is_costly(submitter(1)));
  EXPECT_EQ(submitters(pool.take({})), (std::vector<std::uint8_t>{1, 1, 2}));
  pool.remove({make({.submitter = 1, .sequence = 1}), make({.submitter = 1, .sequence = 2})});
  EXPECT_FALSE(pool.is_costly(submitter(1))) << "nothing of it waits";
}

/// Much that waits is no reason to put anybody back: a block takes no more than its transactions.
TEST(Pool, ABusySubmitterOfOrdinaryWorkIsNotCostly) {
  constexpr std::uint64_t kOrdinary = 50;
  static_assert(kOrdinary * limits::kMaxTransactionsPerBlock < PoolLimits{}.work_per_submitter);
  static_assert(kOrdinary * limits::kMaxPoolPerSubmitter > PoolLimits{}.work_per_submitter);
  Pool pool;
  for (std::uint64_t i = 1; i <= limits::kMaxPoolPerSubmitter; ++i) {
    ASSERT_TRUE(pool.add(make({.submitter = 1, .sequence = i}), 1).has_value());
  }
  for (int i = 0; i < 100; ++i) pool.note_work(submitter(1), kOrdinary);
  EXPECT_FALSE(pool.is_costly(submitter(1)));
}

}  // namespace
}  // namespace galen::mempool
