// Fixture: a node that is away and three sources in one process, the state taken over by hand.
// Thread rule: one thread.
#pragma once

#include "crypto/keys.h"
#include "ledger/erasure_entries.h"
#include "node/state/state_server.h"
#include "node/state/state_sync.h"
#include "storage/keyring.h"
#include "storage/rocks.h"
#include "storage/rows.h"
#include "storage/staging_rows.h"
#include "storage/verify_store.h"
#include "unit/storage/chain_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

namespace galen::node {

using engine::StateMessage;
using ledger::ErasureScope;
using ledger::KeyKind;
using ledger::StateKey;
using storage::TestChain;

inline constexpr ValidatorIndex kAway{3};
inline constexpr std::size_t kSources = 3;
inline constexpr std::uint32_t kPatients = 5;

class StateSyncTest : public testing::Test {
 protected:
  StateSyncTest() {
    for (std::size_t i = 0; i < kSources; ++i) sources_[i] = open("source-" + std::to_string(i));
    away_ = open("away");
    std::vector<ledger::DecodedTransactionPtr> enrolments;
    for (std::uint32_t patient = 1; patient <= kPatients; ++patient)
      enrolments.push_back(chain_.enrol(patient));
    apply(enrolments, true);
    for (std::uint32_t block = 0; block < 6; ++block) {
      std::vector<ledger::DecodedTransactionPtr> transactions;
      for (std::uint32_t record = 10 * block + 1; record <= 10 * (block + 1); ++record) {
        transactions.push_back(chain_.append(1 + record % kPatients, 100 + record));
        transactions.push_back(chain_.access(1 + record % 3, record));
      }
      apply(transactions, true);
    }
    apply({chain_.link(1, 2), chain_.link(1, 4), chain_.link(4, 5)}, true);
    serve();
  }

  std::unique_ptr<storage::Database> open(const std::string& name) {
    auto opened =
        storage::Database::open(storage::test_options(directory_.path() / name), chain_.genesis());
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }

  void serve() {
    for (std::size_t i = 0; i < kSources; ++i)
      servers_[i] = std::make_unique<StateServer>(*sources_[i]);
  }

  void apply(std::vector<ledger::DecodedTransactionPtr> transactions, bool everywhere = false) {
    const storage::TestBlock block = chain_.block(*sources_[0], std::move(transactions));
    for (const auto& source : sources_) ASSERT_TRUE(source->apply(block.batch(0)));
    if (everywhere) {
      ASSERT_TRUE(away_->apply(block.batch(0)));
    }
  }

  /// Blocks that the node misses; the first patient and a record of the second go among them.
  void go_on() {
    apply({chain_.append(1, 500), chain_.append(2, 501)});
    apply({chain_.append_two(1, 2, 600),
           chain_.link(1, 3),
           chain_.link(2, 3),
           chain_.link(3, 4),
           chain_.link(3, 5)});
    apply({chain_.erase_patient(1, ErasureScope::kPatient)});
    apply(
        {chain_.append(1, 13), chain_.erase_record(2, 501)});  // the first one is refused, and late
    apply({chain_.link(1, 5), chain_.link(2, 5)});             // and the first of these
    for (std::uint32_t record = 700; record < 704; ++record)
      apply({chain_.append(3 + record % 2, record)});
    forget(*sources_[0]);
    forget(*sources_[1]);
    forget(*sources_[2]);
  }

  static void forget(storage::Database& database) {
    const auto orders = database.erasures();
    ASSERT_TRUE(orders);
    for (const auto& [order, row] : *orders) {
      ASSERT_TRUE(database.erase_keys(order, storage::at(TimeMs{1})));
      const auto gone = database.erase_bytes(order, storage::at(TimeMs{2}));
      ASSERT_TRUE(gone) << gone.error().message;
    }
  }

  StateSync make(std::size_t pauses = 50) {
    StateSync::Parts parts{*away_, {}, kAway, 4, {}, {}, {}, {}, {}, {}, {}, {}};
    parts.now_ms = [this] { return now_ms_ += 10; };
    // The blocks of this chain carry no real votes; whose they are is the Verifier's test.
    parts.check_certificate = [](const ledger::Certificate&) { return Status{}; };
    parts.ask = [this](ValidatorIndex to,
                       const StateMessage& question) -> std::optional<StateMessage> {
      ++asked_;
      if (before_answer_) before_answer_(question);
      const auto bytes = engine::encode(question);
      const auto decoded = engine::decode_state_message(bytes);
      EXPECT_TRUE(decoded.has_value()) << decoded.error().message;
      auto answer = servers_[to.value]->answer(kAway, *decoded, now_ms_ += 10);
      if (!answer) return std::nullopt;
      if (tamper_ && to.value == 0) tamper_(*answer);
      auto again = engine::decode_state_message(engine::encode(*answer));
      EXPECT_TRUE(again.has_value()) << again.error().message;
      return again ? std::optional(*std::move(again)) : std::nullopt;
    };
    parts.connected = [this](ValidatorIndex peer) { return reachable_.contains(peer.value); };
    parts.pause = [this](std::uint64_t milliseconds) {
      now_ms_ += milliseconds;
      if (milliseconds == kStatePauseMs) ++paused_;
    };
    parts.stopping = [this, pauses] { return paused_ > pauses; };
    parts.aim = [](const storage::Head&) {};
    parts.blame = [this](ValidatorIndex source, const std::string& what) {
      blamed_[source.value].insert(what);
    };
    parts.fork = [this, pauses](const ledger::FailStopBundle& bundle) {
      forks_.push_back(bundle);
      paused_ = pauses + 1;  // a node ends here
    };
    return StateSync(std::move(parts));
  }

  void take() {
    auto outcome = make().run(away_->head().height().next());
    ASSERT_TRUE(outcome) << outcome.error().message;
    const auto taken = away_->take(*outcome->intake, outcome->head, 0);
    ASSERT_TRUE(taken) << taken.error().message;
  }

  /// The same as a node that executed everything.
  void expect_equal() {
    const storage::Database& model = *sources_[1];
    ASSERT_EQ(away_->head().hash, model.head().hash);
    EXPECT_EQ(execution::tree_root(*away_, {}), model.head().header.state_root);
    for (std::uint32_t patient = 1; patient <= kPatients; ++patient) {
      const SubjectPath path = ledger::subject_path(TestChain::patient(patient));
      for (const auto tree : {ledger::TreeKind::kClinical, ledger::TreeKind::kAudit}) {
        const ledger::BodiesOf bodies{path, tree, std::nullopt};
        EXPECT_EQ(away_->count_bodies(bodies), model.count_bodies(bodies)) << patient;
        const ledger::TreeId id{tree, TestChain::patient(patient)};
        EXPECT_EQ(execution::tree_root(*away_, id), execution::tree_root(model, id)) << patient;
        for (const auto kind :
             {KeyKind::kPatient, KeyKind::kRecord, KeyKind::kRequest, KeyKind::kSealed}) {
          EXPECT_EQ(values(*away_, id, kind), values(model, id, kind)) << patient;
        }
      }
      EXPECT_EQ(away_->get(ledger::Tombstone::key(path)), model.get(ledger::Tombstone::key(path)));
    }
    for (std::uint64_t height = 1; height <= model.head().height().value; ++height) {
      const auto ours = away_->block(Height{height});
      const auto theirs = model.block(Height{height});
      ASSERT_TRUE(ours) << ours.error().message;
      ASSERT_TRUE(theirs);
      EXPECT_EQ(ours->hash, theirs->hash);
      EXPECT_EQ(ours->receipts, theirs->receipts);
      for (std::size_t i = 0; i < theirs->outcomes.size(); ++i) {
        for (std::size_t k = 0; k < theirs->outcomes[i].size(); ++k) {
          EXPECT_EQ(ours->outcomes[i][k].late, theirs->outcomes[i][k].late) << height;
          EXPECT_EQ(ours->outcomes[i][k].result, theirs->outcomes[i][k].result) << height;
        }
      }
    }
  }

  static std::map<Bytes, Bytes> values(const storage::Database& database,
                                       const ledger::TreeId& tree,
                                       KeyKind kind) {
    std::map<Bytes, Bytes> found;
    database.scan(tree, kind, [&](BytesView id, BytesView value) {
      found[to_bytes(id)] = to_bytes(value);
      return true;
    });
    return found;
  }

  storage::TemporaryDirectory directory_;
  TestChain chain_;
  std::array<std::unique_ptr<storage::Database>, kSources> sources_;
  std::array<std::unique_ptr<StateServer>, kSources> servers_;
  std::unique_ptr<storage::Database> away_;
  std::set<std::uint16_t> reachable_ = {0, 1, 2};
  std::function<void(StateMessage&)> tamper_;
  std::function<void(const StateMessage&)> before_answer_;
  std::map<std::uint16_t, std::set<std::string>> blamed_;
  std::vector<ledger::FailStopBundle> forks_;
  std::uint64_t now_ms_ = 0;
  std::size_t asked_ = 0;
  std::size_t paused_ = 0;
};

}  // namespace galen::node
