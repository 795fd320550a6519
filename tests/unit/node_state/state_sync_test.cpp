// A node that lacks blocks it cannot execute takes the state from three others, in one process:
// what it takes, what it refuses, and what it leaves when it is cut off (PRIVACY.md 18,
// docs/adr/0011).
#include "node/state/state_sync.h"

#include "state_sync_fixture.h"
#include "unit/storage/lose_key.h"

namespace galen::node {
namespace {

TEST_F(StateSyncTest, ANodeThatWasAwayOverErasuresHasWhatTheOthersHave) {
  go_on();
  take();
  forget(*away_);
  expect_equal();
  const auto orders = away_->erasures();
  ASSERT_TRUE(orders);
  EXPECT_EQ(orders->size(), 2U);
  EXPECT_TRUE(blamed_.empty());
  apply({chain_.append(4, 900)}, true);
  expect_equal();
}

TEST_F(StateSyncTest, AnEmptyNodeTakesEverything) {
  go_on();
  away_.reset();
  away_ = open("empty");
  take();
  forget(*away_);
  expect_equal();
  apply({chain_.append(4, 900)}, true);
  expect_equal();
}

TEST_F(StateSyncTest, WhatIsErasedHereBeforeItsJobRanIsConcealedAtOnce) {
  go_on();
  take();
  EXPECT_TRUE(values(*away_, {ledger::TreeKind::kClinical, TestChain::patient(1)}, KeyKind::kRecord)
                  .empty());
  EXPECT_TRUE(away_->has_open_erasures());
  away_.reset();
  away_ = open("away");
  EXPECT_TRUE(values(*away_, {ledger::TreeKind::kClinical, TestChain::patient(1)}, KeyKind::kRecord)
                  .empty());
}

TEST_F(StateSyncTest, OnlyWhatDiffersIsAskedFor) {
  for (std::uint32_t first = 1000; first < 1300; first += 100) {
    std::vector<ledger::DecodedTransactionPtr> transactions;
    for (std::uint32_t record = first; record < first + 100; ++record)
      transactions.push_back(chain_.append(5, record));
    apply(transactions, true);
  }
  apply({chain_.append(5, 2000)});
  std::size_t places = 0;
  before_answer_ = [&](const StateMessage& question) {
    if (const auto* request = std::get_if<engine::StateRequest>(&question))
      places += request->places.size();
  };
  take();
  EXPECT_LT(places, 12U) << "one path in each of two trees";
  expect_equal();
}

TEST_F(StateSyncTest, EveryKindOfTamperingIsRefusedAndAnotherSourceIsAsked) {
  go_on();
  const auto first_part = [](StateMessage& m,
                             const std::function<void(engine::StatePart&)>& change) {
    auto* reply = std::get_if<engine::StateReply>(&m);
    if (reply != nullptr && !reply->parts.empty()) change(reply->parts.front());
  };
  const auto first_value = [first_part](StateMessage& m,
                                        const std::function<void(engine::StateValue&)>& change) {
    first_part(m, [&](engine::StatePart& part) {
      if (!part.values.empty()) change(part.values.front());
    });
  };
  const auto each_block = [](StateMessage& m,
                             const std::function<void(engine::GapBlock&)>& change) {
    auto* reply = std::get_if<engine::GapReply>(&m);
    if (reply != nullptr) std::for_each(reply->blocks.begin(), reply->blocks.end(), change);
  };
  const std::map<std::string, std::function<void(StateMessage&)>> kinds = {
      {"value", [=](StateMessage& m) { first_value(m, [](auto& v) { v.value.push_back(0); }); }},
      {"salt", [=](StateMessage& m) { first_value(m, [](auto& v) { v.s.value[0] ^= 1; }); }},
      {"key", [=](StateMessage& m) { first_value(m, [](auto& v) { v.id.back() ^= 1; }); }},
      {"kind",
       [=](StateMessage& m) { first_value(m, [](auto& v) { v.kind = KeyKind::kBallot; }); }},
      {"no value",
       [=](StateMessage& m) {
         first_part(m, [](auto& p) {
           if (!p.values.empty()) p.values.pop_back();
         });
       }},
      {"leaf",
       [=](StateMessage& m) {
         first_part(m, [](auto& p) {
           if (auto* bucket = std::get_if<execution::BucketPart>(&p.part))
             bucket->front().height = Height{1};
           if (auto* inner = std::get_if<execution::InnerPart>(&p.part))
             inner->front() = execution::NodeHalves{};
         });
       }},
      {"header",
       [=](StateMessage& m) {
         if (auto* head = std::get_if<engine::HeadReply>(&m)) head->header.state_root.value[0] ^= 1;
       }},
      {"result",
       [=](StateMessage& m) {
         each_block(m, [](auto& b) {
           if (b.receipts[0].results[0].result)
             b.receipts[0].results[0].result->detail.push_back(9);
         });
       }},
      {"receipt",
       [=](StateMessage& m) {
         each_block(m, [](auto& b) { b.receipts[0].ok = !b.receipts[0].ok; });
       }},
      {"block",
       [=](StateMessage& m) { each_block(m, [](auto& b) { b.block[b.block.size() / 2] ^= 1; }); }},
      {"certificate",
       [=](StateMessage& m) {
         each_block(m, [](auto& b) { b.certificate.subject.height = Height{999}; });
       }},
      {"order", [](StateMessage& m) {
         if (auto* reply = std::get_if<engine::GapReply>(&m))
           std::reverse(reply->blocks.begin(), reply->blocks.end());
       }}};
  for (const auto& [name, change] : kinds) {
    SCOPED_TRACE(name);
    blamed_.clear();
    paused_ = 0;
    away_.reset();
    away_ = open("away of " + name);
    // The liar is asked first: nobody has a fault yet.
    tamper_ = change;
    take();
    forget(*away_);
    expect_equal();
    EXPECT_TRUE(blamed_.contains(0));
    EXPECT_EQ(blamed_.size(), 1U) << "nobody else is blamed";
  }
}

TEST_F(StateSyncTest, CertifiedBlocksThatDoNotFollowTheOwnHeadStopTheNode) {
  go_on();
  const auto fork = open("fork");
  TestChain other;
  for (std::uint32_t i = 0; i < 12; ++i) {
    const storage::TestBlock block = other.block(*fork, {other.enrol(40 + i)});
    ASSERT_TRUE(fork->apply(block.batch(0)));
  }
  servers_[0] = std::make_unique<StateServer>(*fork);
  reachable_ = {0};
  const Height next = away_->head().height().next();
  EXPECT_FALSE(make().run(next));
  ASSERT_EQ(forks_.size(), 1U);
  ASSERT_EQ(forks_[0].certificates.size(), 2U) << "one alone contradicts nothing";
  EXPECT_EQ(forks_[0].certificates[0], fork->header(next)->certificate);
  EXPECT_EQ(forks_[0].certificates[1], away_->head().certificate);
  const auto verified = ledger::verify(forks_[0], chain_.genesis());
  EXPECT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(forks_[0].header, fork->header(next)->header);
  EXPECT_NE(forks_[0].reason.find("does not follow"), std::string::npos) << forks_[0].reason;
  EXPECT_TRUE(blamed_.empty()) << "a source that serves what is certified did nothing wrong";
}

TEST_F(StateSyncTest, AFirstBlockThatDoesNotFollowGenesisHasNothingBesideIt) {
  tamper_ = [](StateMessage& answer) {
    auto* reply = std::get_if<engine::GapReply>(&answer);
    if (reply == nullptr) return;
    engine::GapBlock& first = reply->blocks.front();
    ledger::Block block = ledger::decode_block(first.block).value();
    block.header.parent.value[0] ^= 1;
    first.block = ledger::encode(block);
    first.certificate.subject.block = ledger::block_hash(block.header);
    reply->blocks.resize(1);
  };
  away_.reset();
  away_ = open("empty");
  reachable_ = {0};
  EXPECT_FALSE(make().run(Height{1}));
  ASSERT_EQ(forks_.size(), 1U);
  EXPECT_EQ(forks_[0].certificates.size(), 1U);
  EXPECT_NE(forks_[0].reason.find("does not follow"), std::string::npos) << forks_[0].reason;
}

TEST_F(StateSyncTest, ACertifiedHeadBesideTheBlocksOfItsHeightStopsTheNode) {
  go_on();
  const storage::TestBlock other = chain_.block(*sources_[0], {chain_.append(3, 900)});
  apply({chain_.append(4, 901)});
  tamper_ = [&](StateMessage& answer) {
    if (auto* head = std::get_if<engine::HeadReply>(&answer)) {
      head->header = other.header;
      head->certificate = other.certificate;
    }
  };
  EXPECT_FALSE(make().run(away_->head().height().next()));
  ASSERT_EQ(forks_.size(), 1U);
  const auto& certificates = forks_[0].certificates;
  ASSERT_EQ(certificates.size(), 2U);
  EXPECT_EQ(certificates[0], other.certificate);
  EXPECT_EQ(certificates[1], sources_[1]->head().certificate);
  EXPECT_EQ(certificates[0].subject.height, certificates[1].subject.height);
  EXPECT_NE(certificates[0].subject.block, certificates[1].subject.block);
}

TEST_F(StateSyncTest, ALieThatABodyIsErasedIsNotBelieved) {
  go_on();
  tamper_ = [this](StateMessage& m) {
    auto* reply = std::get_if<engine::GapReply>(&m);
    if (reply == nullptr) return;
    for (engine::GapBlock& block : reply->blocks) {
      ledger::Block decoded = ledger::decode_block(block.block).value();
      for (std::size_t i = 0; i < decoded.transactions.size(); ++i) {
        ledger::Transaction tx = ledger::decode_transaction(decoded.transactions[i]).value();
        if (tx.header.tx_class == ledger::TransactionClass::kPublic) continue;
        for (std::size_t k = 0; k < tx.operations.size(); ++k) {
          if (const auto* body = std::get_if<ledger::OperationBody>(&tx.operations[k])) {
            tx.operations[k] =
                ledger::operation_commitment(chain_.chain(), static_cast<std::uint16_t>(k), *body);
            block.receipts[i].results[k] = {std::nullopt, true};
          }
        }
        decoded.transactions[i] = ledger::encode(tx);
      }
      block.block = ledger::encode(decoded);
    }
  };
  take();
  forget(*away_);
  expect_equal();
}

TEST_F(StateSyncTest, OneWordIsNotEnoughForAnErasure) {
  go_on();
  reachable_ = {1};
  const auto outcome = make(5).run(away_->head().height().next());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  reachable_ = {1, 2};
  paused_ = 0;
  take();
  forget(*away_);
  expect_equal();
}

TEST_F(StateSyncTest, SourcesThatMoveOnAreFollowed) {
  go_on();
  std::uint32_t record = 3000;
  std::size_t moves = 0;
  before_answer_ = [&](const StateMessage& question) {
    // Their lease ends with every request for a while, and an erasure comes in between.
    if (!std::holds_alternative<engine::StateRequest>(question) || moves >= 6) return;
    ++moves;
    apply({chain_.append(4, record++), chain_.append(5, record++)});
    if (moves == 3) {
      apply({chain_.erase_patient(3, ErasureScope::kPatient)});
      for (const auto& server : servers_) server->expire(now_ms_ += kErasureLeaseMs);
      for (const auto& source : sources_) forget(*source);
    }
    for (const auto& server : servers_) server->expire(now_ms_ += 2 * kStateLeaseMs);
  };
  take();
  forget(*away_);
  expect_equal();
  EXPECT_EQ(moves, 6U);
}

TEST_F(StateSyncTest, ABodyThatGoesWhileBlocksAreFetchedMakesALaterHeadTheGoal) {
  go_on();
  bool erased = false;
  before_answer_ = [&](const StateMessage& question) {
    // Its jobs have not run: the leased state of the head that was offered first is still served
    // whole, and counts the bodies that the blocks have no more.
    if (!std::holds_alternative<engine::GapRequest>(question) || std::exchange(erased, true))
      return;
    apply({chain_.erase_patient(3, ErasureScope::kPatient)});
  };
  take();
  EXPECT_TRUE(erased);
  forget(*away_);
  for (const auto& server : servers_) server->expire(now_ms_ += kErasureLeaseMs);
  for (const auto& source : sources_) forget(*source);
  expect_equal();
}

TEST_F(StateSyncTest, ALinkThatGoesBetweenTwoAnswersIsTakenWithItsOrder) {
  go_on();
  std::size_t gaps = 0;
  before_answer_ = [&](const StateMessage& question) {
    // The source asked first had the bodies of the links, which go with the order's block.
    if (!std::holds_alternative<engine::GapRequest>(question) || ++gaps != 2) return;
    apply({chain_.erase_patient(3, ErasureScope::kPatient)});
  };
  take();
  EXPECT_GT(gaps, 2U);
  forget(*away_);
  for (const auto& server : servers_) server->expire(now_ms_ += kErasureLeaseMs);
  for (const auto& source : sources_) forget(*source);
  expect_equal();
  const std::filesystem::path data = directory_.path() / "away";
  away_.reset();
  std::vector<std::string> found;
  const auto report = storage::verify_store(
      storage::test_options(data),
      chain_.genesis(),
      [&](const std::string& place, const std::string& what) {
        found.push_back(place + ": " + what);
      },
      [](const char*, std::uint64_t, std::uint64_t) {});
  ASSERT_TRUE(report) << report.error().message;
  for (const auto& each : found)
    EXPECT_EQ(each.find("nothing refers to"), std::string::npos) << each;
}

TEST_F(StateSyncTest, LinksOfASubjectWhoseKeyIsGoneAlreadyGoWithHisOrder) {
  go_on();
  away_.reset();
  test::lose_key(directory_.path() / "away" / "keyring",
                 ledger::subject_path(TestChain::patient(1)),
                 storage::Compartment::kClinical);
  away_ = open("away");
  take();
  forget(*away_);
  expect_equal();
  apply({chain_.erase_patient(2, ErasureScope::kPatient),
         chain_.erase_patient(4, ErasureScope::kPatient)},
        true);
  expect_equal();
}

TEST_F(StateSyncTest, BothPatientsOfALinkMayGoInTheGap) {
  go_on();
  const auto link = chain_.link(3, 4);
  apply({link, chain_.erase_patient(4, ErasureScope::kPatient), chain_.link(3, 4)});
  apply({chain_.erase_patient(3, ErasureScope::kPatient)});
  apply({chain_.link(3, 4), chain_.unlink(2, 5)});
  take();
  forget(*away_);
  for (const auto& server : servers_) server->expire(now_ms_ += kErasureLeaseMs);
  for (const auto& source : sources_) forget(*source);
  expect_equal();
  apply({chain_.erase_patient(2, ErasureScope::kPatient),
         chain_.erase_patient(5, ErasureScope::kPatient)},
        true);
  expect_equal();
}

TEST_F(StateSyncTest, CutOffBeforeTheSwitchTheOldStateIsThere) {
  go_on();
  const BlockHash before = away_->head().hash;
  {
    auto outcome = make().run(away_->head().height().next());
    ASSERT_TRUE(outcome) << outcome.error().message;
  }
  away_.reset();
  away_ = open("away");
  EXPECT_EQ(away_->head().hash, before);
  take();
  forget(*away_);
  expect_equal();
}

TEST_F(StateSyncTest, CutOffBehindItTheNewOneIs) {
  for (std::uint32_t i = 0; i < 8; ++i) apply({chain_.append(1 + i % 5, 4000 + i)});
  Height reached;
  {
    auto outcome = make().run(away_->head().height().next());
    ASSERT_TRUE(outcome) << outcome.error().message;
    reached = outcome->head.height();
  }
  away_.reset();
  {
    const storage::RocksSettings settings{directory_.path() / "away" / "ledger",
                                          storage::column_names(),
                                          1U << 20U,
                                          1U << 20U,
                                          4U << 20U,
                                          {},
                                          0};
    auto rocks = storage::Rocks::open(settings);
    ASSERT_TRUE(rocks) << rocks.error().message;
    storage::Batch batch(**rocks);
    batch.put(static_cast<std::size_t>(storage::Column::kStaging),
              storage::switch_key(),
              storage::encode(storage::SwitchRow{reached, 7}));
    ASSERT_TRUE((*rocks)->write(batch));
  }
  away_ = open("away");
  EXPECT_EQ(away_->head().height(), reached);
  EXPECT_EQ(away_->journal_mark(), 7U);
  expect_equal();
}

TEST_F(StateSyncTest, WhatOnePeerMayAskForIsBounded) {
  std::size_t answered = 0;
  const StateMessage question = engine::GapRequest{1, Height{1}, 64};
  while (answered < 10'000 && servers_[0]->answer(kAway, question, 0)) ++answered;
  EXPECT_LE(answered, engine::kServeBurstBytes / engine::kServeCostBytes);
  EXPECT_TRUE(servers_[0]->answer(ValidatorIndex{1}, question, 0).has_value())
      << "each on its own account";
  EXPECT_TRUE(servers_[0]->answer(kAway, question, 60'000).has_value()) << "and again later";
}

TEST_F(StateSyncTest, AnErasureDoesNotWaitForALease) {
  const auto head = servers_[0]->answer(kAway, engine::HeadRequest{1}, 0);
  ASSERT_TRUE(head.has_value());
  apply({chain_.erase_patient(2, ErasureScope::kPatient)});
  const auto orders = sources_[0]->erasures();
  ASSERT_TRUE(orders);
  const auto order = orders->begin()->first;
  ASSERT_TRUE(sources_[0]->erase_keys(order, storage::at(TimeMs{1})));
  EXPECT_FALSE(sources_[0]->erase_bytes(order, storage::at(TimeMs{2})))
      << "the lease holds the state of before";
  servers_[0]->expire(kErasureLeaseMs);
  EXPECT_TRUE(sources_[0]->erase_bytes(order, storage::at(TimeMs{2})));
}

TEST_F(StateSyncTest, WhoAsksForTheHeadGetsANewerOneInItsTime) {
  const auto height = [&](std::uint64_t now) {
    const auto answer = servers_[0]->answer(kAway, engine::HeadRequest{1}, now);
    return std::get<engine::HeadReply>(*answer).header.height;
  };
  const Height first = height(0);
  apply({chain_.append(4, 3000)});
  EXPECT_EQ(height(kNewLeaseMs - 1), first);
  EXPECT_EQ(height(kNewLeaseMs), first.next());
}

TEST_F(StateSyncTest, NobodyTakesAnothersLeaseAway) {
  const auto place = engine::StatePlace{execution::PageId{}, sources_[0]->head().header.state_root};
  const Height walked = sources_[0]->head().height();
  const auto parts = [&](ValidatorIndex from, Height height, std::uint64_t now) {
    const auto answer = servers_[0]->answer(from, engine::StateRequest{1, height, {place}}, now);
    return std::get<engine::StateReply>(*answer).parts.size();
  };
  EXPECT_EQ(parts(kAway, walked, 0), 1U);
  apply({chain_.append(4, 3000)});
  EXPECT_EQ(parts(ValidatorIndex{1}, walked.next(), 1), 0U);
  EXPECT_EQ(parts(kAway, walked, 2), 1U);
  EXPECT_EQ(parts(kAway, walked, kStateLeaseMs), 0U) << "its time is over";
}

}  // namespace
}  // namespace galen::node
