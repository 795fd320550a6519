#include "node/transaction_verifier.h"

#include "support/memory_state.h"

#include <gtest/gtest.h>

namespace galen::node {
namespace {

class Snapshot final : public storage::StateSnapshot {
 public:
  explicit Snapshot(galen::test::MemoryState state) : state_(std::move(state)) {}

  [[nodiscard]] const storage::Head& head() const override { return head_; }

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    return state_.get(key);
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    state_.scan(tree, kind, visit);
  }

  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override {
    return state_.page(id);
  }

  [[nodiscard]] std::optional<Digest> value_salt(const ledger::StateKey&) const override {
    return std::nullopt;
  }

 private:
  galen::test::MemoryState state_;
  storage::Head head_;
};

class TransactionVerifierTest : public ::testing::Test {
 protected:
  TransactionVerifierTest() : verifier_(make(64)) {
    organisation_.id = ledger::organisation_id(signing_.public_key());
    organisation_.name = "hospital-1";
    organisation_.region = "DE";
    organisation_.signing_keys = {signing_.public_key()};
    state_.put(ledger::StateKey::main(ledger::KeyKind::kOrganisation, organisation_.id),
               organisation_.encode());
  }

  std::unique_ptr<TransactionVerifier> make(std::size_t capacity) {
    return std::make_unique<TransactionVerifier>(
        chain_, [this] { return std::make_shared<const Snapshot>(state_); }, capacity);
  }

  Bytes transaction(const crypto::PrivateKey& key) {
    return of(record_of(random_.next<PatientId>()), key);
  }

  Bytes about(const PatientId& patient) { return of(record_of(patient), signing_); }

  Bytes of(const ledger::Operation& operation) { return of(operation, signing_); }

  ledger::AppendRecord record_of(const PatientId& patient) {
    ledger::AppendRecord record;
    record.seed = random_.next<Random32>();
    record.record = ledger::record_id(chain_, organisation_.id, record.seed);
    record.patient = patient;
    record.mime_type = "text/plain";
    record.payload = random_.next<PayloadAddress>();
    record.content_commitment = random_.next<Digest>();
    return record;
  }

  Bytes of(const ledger::Operation& operation, const crypto::PrivateKey& key) {
    ledger::TransactionBuilder builder(chain_, organisation_.id, 0, random_);
    builder.add(operation);
    const auto header = builder.header({0, ++sequence_}, TimeMs{1'800'000'000'000});
    return ledger::encode(
        std::move(builder).finish(header, key.sign(ledger::signing_bytes(header))));
  }

  ChainId chain_ = ChainId::from(Bytes(32, 7));
  crypto::OsRandom random_;
  crypto::PrivateKey signing_ = crypto::PrivateKey::generate();
  execution::OrganisationEntry organisation_;
  galen::test::MemoryState state_;
  std::uint64_t sequence_ = 0;
  std::unique_ptr<TransactionVerifier> verifier_;
};

TEST_F(TransactionVerifierTest, VerifiesOnceAndRemembersTheSignature) {
  const Bytes bytes = transaction(signing_);
  const auto first = verifier_->resolve(bytes);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ((*first)->verified.size(), 1U);
  EXPECT_EQ(verifier_->resolve(bytes).value(), *first) << "the very same object";
}

TEST_F(TransactionVerifierTest, RefusesAForgedSubmitter) {
  const auto forged = verifier_->resolve(transaction(crypto::PrivateKey::generate()));
  ASSERT_FALSE(forged.has_value());
  EXPECT_EQ(forged.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(TransactionVerifierTest, ResolvesManyAsItResolvesEach) {
  // Often enough that the key has its table of multiples.
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(verifier_->resolve(transaction(signing_)).has_value());
  const Bytes known = transaction(signing_);
  const auto first = verifier_->resolve(known).value();
  Bytes cut = known;
  cut.pop_back();
  const std::vector<Bytes> all{transaction(signing_),
                               transaction(crypto::PrivateKey::generate()),
                               known,
                               cut,
                               transaction(signing_)};
  const auto results = verifier_->resolve_all(all);
  ASSERT_EQ(results.size(), all.size());
  EXPECT_EQ(results[0].value()->transaction->bytes, all[0]);
  EXPECT_EQ(results[0].value()->verified.size(), 1U);
  ASSERT_FALSE(results[1].has_value());
  EXPECT_EQ(results[1].error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(results[2].value(), first);
  ASSERT_FALSE(results[3].has_value());
  EXPECT_EQ(results[3].error().code, ErrorCode::kMalformed);
  EXPECT_EQ(results[4].value()->transaction->bytes, all[4]);
  EXPECT_EQ(verifier_->resolve(all[4]).value(), results[4].value()) << "remembered";
  EXPECT_TRUE(verifier_->resolve_all({}).empty());
}

TEST_F(TransactionVerifierTest, WhatACertifiedBlockBroughtIsNoVerifiedTransaction) {
  const Bytes forged = transaction(crypto::PrivateKey::generate());
  const auto certified = verifier_->resolve_certified(forged);
  ASSERT_TRUE(certified.has_value()) << certified.error().message;
  EXPECT_TRUE((*certified)->verified.empty());
  EXPECT_EQ(verifier_->resolve_certified(forged).value(), *certified);
  EXPECT_FALSE(verifier_->resolve(forged).has_value())
      << "a client or proposer gains nothing by it";
}

TEST_F(TransactionVerifierTest, ACertifiedBlockUsesWhatWasVerifiedBefore) {
  const Bytes bytes = transaction(signing_);
  const auto verified = verifier_->resolve(bytes).value();
  EXPECT_EQ(verifier_->resolve_certified(bytes).value(), verified);
}

TEST_F(TransactionVerifierTest, ForgetsWhatIsSettledAndTheOldest) {
  const auto small = make(2);
  const Bytes one = transaction(signing_);
  const Bytes forged = transaction(crypto::PrivateKey::generate());
  const auto first = small->resolve(one).value();
  const auto certified = small->resolve_certified(forged).value();
  small->settle({first->transaction, certified->transaction});
  EXPECT_NE(small->resolve(one).value(), first);
  EXPECT_NE(small->resolve_certified(forged).value(), certified);
  const auto again = small->resolve(one).value();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(small->resolve(transaction(signing_)).has_value());
  EXPECT_NE(small->resolve(one).value(), again) << "two are remembered at most";
}

TEST_F(TransactionVerifierTest, WhatAnErasureIsAboutDoesNotStayInMemory) {
  const auto some = make(8);
  const PatientId ann = random_.next<PatientId>();
  const PatientId bob = random_.next<PatientId>();
  const Bytes about_ann = about(ann);
  const Bytes about_bob = about(bob);
  const auto anns = some->resolve(about_ann).value();
  const auto bobs = some->resolve(about_bob).value();
  ledger::ErasePatient order;
  order.path = ledger::subject_path(ann);
  const auto ordered = some->resolve(of(order)).value();
  some->settle({ordered->transaction});
  EXPECT_NE(some->resolve(about_ann).value(), anns);
  EXPECT_EQ(some->resolve(about_bob).value(), bobs);
}

}  // namespace
}  // namespace galen::node
