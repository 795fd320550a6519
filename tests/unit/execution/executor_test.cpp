#include "execution/executor.h"

#include "base/limits.h"
#include "crypto/keys.h"
#include "memory_store.h"

#include <gtest/gtest.h>

#include <functional>

namespace galen::execution {
namespace {

using ledger::KeyKind;
using ledger::OperationResult;
using ledger::ResultCode;
using ledger::StateKey;

const TimeMs kTime{1'000'000};

crypto::PrivateKey private_key(std::uint8_t scalar) {
  Bytes bytes(32, 0);
  bytes.back() = scalar;
  return crypto::PrivateKey::from_scalar(bytes).value();
}

ledger::Genesis make_genesis() {
  ledger::Genesis genesis;
  genesis.name = "test";
  genesis.time = TimeMs{1};
  genesis.parameters = ledger::default_parameters();
  for (std::uint8_t i = 1; i <= 4; ++i) {
    ledger::GenesisOrganisation organisation;
    organisation.signing_key = private_key(i).public_key();
    organisation.agreement_key = organisation.signing_key;
    organisation.tls_key = organisation.signing_key;
    organisation.id = ledger::organisation_id(organisation.signing_key);
    organisation.name = "hospital-" + std::to_string(i);
    organisation.region = "AT";
    genesis.organisations.push_back(organisation);
    genesis.validators.push_back({organisation.id,
                                  organisation.signing_key,
                                  organisation.signing_key,
                                  organisation.signing_key,
                                  Signature{},
                                  Signature{},
                                  Signature{}});
  }
  return genesis;
}

class FixedRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

class RealVerifier final : public SignatureVerifier {
 public:
  [[nodiscard]] bool verify(const PublicKey& key,
                            BytesView message,
                            const Signature& signature) override {
    return crypto::verify(key, message, signature);
  }
};

/// A grant's id that says which it is, and how its operation is to end.
GrantId grant_of(std::uint8_t number, std::uint16_t code) {
  Bytes bytes(GrantId::kSize, number);
  bytes[0] = static_cast<std::uint8_t>(code);
  return GrantId::from(bytes);
}

/// Above this a code says how many units of work the operation takes, and then succeeds.
constexpr std::uint8_t kCostly = 200;
constexpr std::uint64_t kUnit = 50'000;

/// Writes a revocation per operation and answers with the result code that its grant's id names.
class ReasonApplication final : public Application {
 public:
  [[nodiscard]] OperationResult execute(const OperationContext& context,
                                        StateOverlay& state) const override {
    if (context.operation.type == ledger::OperationType::kLogAccess) {
      context.charge(limits::kMaxWorkPerTransaction);
      return {};
    }
    const auto& revoke = std::get<ledger::RevokeAccess>(context.operation.value);
    const std::uint8_t code = revoke.grant.value[0];
    if (code > kCostly) context.charge((code - kCostly) * kUnit);
    const auto key = StateKey::clinical(revoke.patient, KeyKind::kRevocation, revoke.grant);
    const std::optional<Bytes> before = state.get(key);
    Bytes value = before ? *before : Bytes{};
    value.push_back(static_cast<std::uint8_t>(context.index));
    state.put(key, value, ledger::leaf_salt(context.body.salt, key.hash()));
    return {code > kCostly ? ResultCode::kOk : static_cast<ResultCode>(code), Bytes{42}};
  }
};

class ExecutorTest : public testing::Test {
 protected:
  ExecutorTest() : genesis_(make_genesis()), chain_(ledger::chain_id(genesis_)) {
    state_.apply(genesis_state(genesis_));
  }

  static StateKey written(std::uint8_t grant) {
    return StateKey::clinical(
        PatientId::from(Bytes(32, 5)), KeyKind::kRevocation, grant_of(grant, 0));
  }

  struct Wanted {
    std::vector<std::uint16_t> codes{0};  ///< one operation each, on grants 1, 2, ...
    std::uint64_t sequence = 1;
    std::uint16_t lane = 0;
    TimeMs valid_until{kTime.value + 1000};
    std::uint16_t key_index = 0;
    std::uint8_t signer = 1;
    std::uint8_t organisation = 1;
  };

  ledger::DecodedTransactionPtr make(const Wanted& wanted) {
    const AccountId submitter =
        ledger::organisation_id(private_key(wanted.organisation).public_key());
    ledger::TransactionBuilder builder(chain_, submitter, wanted.key_index, random_);
    std::uint8_t grant = 0;
    for (const std::uint16_t code : wanted.codes) {
      builder.add(ledger::RevokeAccess{PatientId::from(Bytes(32, 5)), grant_of(++grant, code), {}});
    }
    return finish(std::move(builder), wanted);
  }

  ledger::DecodedTransactionPtr make_accesses(std::size_t count) {
    const AccountId submitter = ledger::organisation_id(private_key(1).public_key());
    ledger::TransactionBuilder builder(chain_, submitter, 0, random_);
    ledger::LogAccess access;
    access.request.records = {RecordId::from(Bytes(32, 7))};
    access.request.purpose = "TREAT";
    access.request.recipient_key = private_key(1).public_key();
    for (std::size_t i = 0; i < count; ++i) builder.add(access);
    return finish(std::move(builder), {});
  }

  ledger::DecodedTransactionPtr finish(ledger::TransactionBuilder builder, const Wanted& wanted) {
    const auto header = builder.header({wanted.lane, wanted.sequence}, wanted.valid_until);
    const Signature signature = private_key(wanted.signer).sign(ledger::signing_bytes(header));
    const auto transaction = std::move(builder).finish(header, signature);
    return ledger::decode_and_check(ledger::encode(transaction), chain_).value();
  }

  BlockOutcome execute(const std::vector<ledger::DecodedTransactionPtr>& transactions) {
    RealVerifier verifier;
    const BlockContext block{chain_, Height{1}, kTime};
    return execute_block(state_, state_, block, transactions, ReasonApplication{}, verifier);
  }

  ErrorCode check(const Wanted& wanted, const ledger::Parameters& parameters) {
    RealVerifier verifier;
    const BlockContext block{chain_, Height{1}, kTime};
    const Status status = check_transaction(state_, block, parameters, *make(wanted), verifier);
    return status ? ErrorCode::kInternal : status.error().code;
  }

  /// kInternal stands for "accepted".
  ErrorCode check(const Wanted& wanted) { return check(wanted, genesis_.parameters); }

  /// Replaces the first organisation in state.
  void set_organisation(const std::function<void(OrganisationEntry&)>& change) {
    const AccountId id = genesis_.organisations[0].id;
    OrganisationEntry entry = OrganisationEntry::load(state_, id).value();
    change(entry);
    StateCommit commit;
    commit.values[StateKey::main(KeyKind::kOrganisation, id)] = {entry.encode(), {}};
    state_.apply(commit);
  }

  FixedRandom random_;
  ledger::Genesis genesis_;
  ChainId chain_;
  MemoryStore state_;
};

TEST_F(ExecutorTest, GenesisHoldsParametersValidatorsAndOrganisations) {
  EXPECT_EQ(load_parameters(state_), genesis_.parameters);
  EXPECT_EQ(state_.get(StateKey::main(KeyKind::kValidators)),
            ledger::encode(ledger::validator_set(genesis_)));
  for (const auto& organisation : genesis_.organisations) {
    const auto entry = OrganisationEntry::load(state_, organisation.id);
    ASSERT_TRUE(entry.has_value());
    EXPECT_EQ(entry->name, organisation.name);
    EXPECT_EQ(entry->signing_keys, std::vector<PublicKey>{organisation.signing_key});
    EXPECT_TRUE(entry->active);
  }
  EXPECT_EQ(tree_root(state_, {}), genesis_state(genesis_).state_root);
}

TEST_F(ExecutorTest, SuccessWritesStateNonceReceiptAndRoots) {
  const auto transaction = make({.codes = {0, 0}});
  const BlockOutcome outcome = execute({transaction});
  ASSERT_EQ(outcome.results.size(), 1U);
  EXPECT_EQ(outcome.results[0],
            (std::vector<OperationResult>(2, OperationResult{ResultCode::kOk, Bytes{42}})));
  const ledger::Receipt& receipt = outcome.receipts.at(0);
  EXPECT_TRUE(receipt.ok);
  EXPECT_EQ(receipt.transaction, transaction->id);
  std::vector<Digest> commitments;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& body = std::get<ledger::OperationBody>(transaction->transaction.operations[i]);
    commitments.push_back(ledger::result_commitment(body.salt, outcome.results[0][i]));
  }
  EXPECT_EQ(receipt.results_root, ledger::results_root(commitments));
  EXPECT_EQ(outcome.transactions_root, ledger::transactions_root({transaction->leaf}));
  EXPECT_EQ(outcome.receipts_root, ledger::receipts_root({receipt}));
  state_.apply(outcome.state);
  EXPECT_EQ(state_.get(written(1)), Bytes{0});
  EXPECT_EQ(state_.get(written(2)), Bytes{1});
  EXPECT_EQ(tree_root(state_, {}), outcome.state.state_root);
  const auto& header = transaction->transaction.header;
  EXPECT_FALSE(NonceWindow::load(state_, header.submitter, 0).is_fresh(1));
  EXPECT_EQ(check({}), ErrorCode::kAlreadyExists);
}

TEST_F(ExecutorTest, FailureUndoesTheTransactionButItsNonce) {
  const BlockOutcome outcome = execute({make({.codes = {0, 22, 0}})});
  EXPECT_FALSE(outcome.receipts[0].ok);
  EXPECT_EQ(outcome.results[0],
            (std::vector<OperationResult>{{ResultCode::kNotExecuted, {}},
                                          {ResultCode::kUnknownPractitioner, Bytes{42}},
                                          {ResultCode::kNotExecuted, {}}}));
  ASSERT_EQ(outcome.state.values.size(), 1U);
  EXPECT_EQ(outcome.state.values.begin()->first.kind, KeyKind::kNonce);
}

TEST_F(ExecutorTest, FailureLeavesEarlierTransactionsOfTheBlockAlone) {
  const BlockOutcome outcome = execute(
      {make({.sequence = 1}), make({.codes = {0, 22}, .sequence = 2}), make({.sequence = 3})});
  EXPECT_TRUE(outcome.receipts[0].ok);
  EXPECT_FALSE(outcome.receipts[1].ok);
  EXPECT_TRUE(outcome.receipts[2].ok);
  state_.apply(outcome.state);
  EXPECT_EQ(state_.get(written(1)), (Bytes{0, 0}));
  EXPECT_EQ(state_.get(written(2)), std::nullopt);
}

TEST_F(ExecutorTest, ATransactionThatTakesTooMuchWorkFails) {
  static_assert(5 * kUnit == limits::kMaxWorkPerTransaction);
  const BlockOutcome outcome =
      execute({make({.codes = {kCostly + 3, kCostly + 2}, .sequence = 1}),
               make({.codes = {kCostly + 3, kCostly + 3}, .sequence = 2})});
  EXPECT_TRUE(outcome.receipts[0].ok);
  EXPECT_FALSE(outcome.receipts[1].ok);
  EXPECT_EQ(outcome.results[1],
            (std::vector<OperationResult>{{ResultCode::kNotExecuted, {}},
                                          {ResultCode::kTooMuchWork, {}}}));
}

/// Or who was refused could have his neighbour take the entry out of the log (PRIVACY.md 21).
TEST_F(ExecutorTest, ATransactionOfLogEntriesNeverFailsForItsWork) {
  const BlockOutcome outcome = execute({make_accesses(3), make({.sequence = 2})});
  ASSERT_EQ(outcome.receipts.size(), 1U) << "it counts for the block";
  EXPECT_TRUE(outcome.receipts[0].ok);
}

TEST_F(ExecutorTest, ABlockStopsBeforeTheTransactionAfterTheLimit) {
  static_assert(10 * kUnit == limits::kMaxWorkPerBlock);
  std::vector<ledger::DecodedTransactionPtr> transactions;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    transactions.push_back(make({.codes = {kCostly + 4}, .sequence = i}));
  }
  const BlockOutcome outcome = execute(transactions);
  // 12 units after the third; what failed counts as well.
  ASSERT_EQ(outcome.receipts.size(), 3U);
  EXPECT_EQ(outcome.results.size(), 3U);
  transactions.resize(3);
  const BlockOutcome same = execute(transactions);
  EXPECT_EQ(same.transactions_root, outcome.transactions_root);
  EXPECT_EQ(same.receipts_root, outcome.receipts_root);
  EXPECT_EQ(same.state.state_root, outcome.state.state_root);
  const BlockOutcome at_the_limit = execute({make({.codes = {kCostly + 5}, .sequence = 1}),
                                             make({.codes = {kCostly + 5}, .sequence = 2}),
                                             make({.sequence = 3})});
  EXPECT_EQ(at_the_limit.receipts.size(), 3U);
  const BlockOutcome failed = execute({make({.codes = {kCostly + 4, kCostly + 4}, .sequence = 1}),
                                       make({.codes = {kCostly + 3}, .sequence = 2}),
                                       make({.sequence = 3})});
  EXPECT_EQ(failed.receipts.size(), 2U);
}

TEST_F(ExecutorTest, SecondUseOfANonceInABlockIsRejectedWithoutEffect) {
  const BlockOutcome outcome = execute({make({}), make({.codes = {0, 0}})});
  EXPECT_TRUE(outcome.receipts[0].ok);
  EXPECT_FALSE(outcome.receipts[1].ok);
  EXPECT_EQ(outcome.results[1],
            (std::vector<OperationResult>(2, OperationResult{ResultCode::kNonceUsed, {}})));
  state_.apply(outcome.state);
  EXPECT_EQ(state_.get(written(1)), Bytes{0});
}

TEST_F(ExecutorTest, ExpiredTransactionIsRejectedAndKeepsItsNonce) {
  const BlockOutcome outcome = execute({make({.valid_until = kTime})});
  EXPECT_FALSE(outcome.receipts[0].ok);
  EXPECT_EQ(outcome.results[0][0].code, ResultCode::kExpired);
  EXPECT_TRUE(outcome.state.values.empty());
  EXPECT_EQ(outcome.state.state_root, tree_root(state_, {}));
}

TEST_F(ExecutorTest, RejectedNonceDoesNotTouchTheState) {
  state_.apply(execute({make({})}).state);
  const BlockOutcome outcome = execute({make({})});
  EXPECT_EQ(outcome.results[0][0].code, ResultCode::kNonceUsed);
  EXPECT_TRUE(outcome.state.values.empty());
}

TEST_F(ExecutorTest, LastWriteOfTheBlockSetsTheSalt) {
  const auto first = make({.sequence = 1});
  const auto second = make({.sequence = 2});
  const BlockOutcome outcome = execute({first, second});
  const auto& body = std::get<ledger::OperationBody>(second->transaction.operations[0]);
  EXPECT_EQ(outcome.state.values.at(written(1)).s, ledger::leaf_salt(body.salt, written(1).hash()));
}

TEST_F(ExecutorTest, SameBlockOnTheSameStateGivesTheSameOutcome) {
  const std::vector transactions{make({.sequence = 1}), make({.codes = {0, 30}, .sequence = 2})};
  const BlockOutcome a = execute(transactions);
  const BlockOutcome b = execute(transactions);
  EXPECT_EQ(a.state.state_root, b.state.state_root);
  EXPECT_EQ(a.receipts, b.receipts);
  EXPECT_EQ(a.state.values, b.state.values);
}

TEST_F(ExecutorTest, NonceWindowIsReadOncePerBlock) {
  std::vector<ledger::DecodedTransactionPtr> transactions;
  for (std::uint64_t i = 1; i <= 20; ++i) transactions.push_back(make({.sequence = i}));
  (void)execute(transactions);
  Bytes id = to_bytes(genesis_.organisations[0].id.view());
  id.resize(id.size() + 2);
  EXPECT_EQ(state_.reads(StateKey::main(KeyKind::kNonce, id)), 1);
}

TEST_F(ExecutorTest, CheckAcceptsAGoodTransaction) {
  EXPECT_EQ(check({}), ErrorCode::kInternal);
}

TEST_F(ExecutorTest, CheckRefusesOtherChains) {
  const auto foreign = make({});
  RealVerifier verifier;
  const BlockContext block{ChainId{}, Height{1}, kTime};
  EXPECT_EQ(check_transaction(state_, block, genesis_.parameters, *foreign, verifier).error().code,
            ErrorCode::kWrongChain);
}

TEST_F(ExecutorTest, CheckHoldsTheExpiryWindow) {
  const std::uint64_t longest = kTime.value + genesis_.parameters.max_validity_ms;
  EXPECT_EQ(check({.valid_until = kTime}), ErrorCode::kExpired);
  EXPECT_EQ(check({.valid_until = kTime.next()}), ErrorCode::kInternal);
  EXPECT_EQ(check({.valid_until = TimeMs{longest}}), ErrorCode::kInternal);
  EXPECT_EQ(check({.valid_until = TimeMs{longest + 1}}), ErrorCode::kInvalidArgument);
}

TEST_F(ExecutorTest, CheckHoldsLanesAndTheNonceWindow) {
  EXPECT_EQ(check({.lane = 63}), ErrorCode::kInternal);
  EXPECT_EQ(check({.lane = 64}), ErrorCode::kInvalidArgument);
  state_.apply(execute({make({.sequence = 10'000})}).state);
  EXPECT_EQ(check({.sequence = 10'000}), ErrorCode::kAlreadyExists);
  EXPECT_EQ(check({.sequence = 9'999}), ErrorCode::kInternal);
  EXPECT_EQ(check({.sequence = 10'000 - 4096 + 1}), ErrorCode::kInternal);
  EXPECT_EQ(check({.sequence = 10'000 - 4096}), ErrorCode::kInvalidArgument);
}

TEST_F(ExecutorTest, CheckRefusesStrangersAndSuspendedSubmitters) {
  EXPECT_EQ(check({.signer = 9, .organisation = 9}), ErrorCode::kPermissionDenied);
  set_organisation([](OrganisationEntry& entry) { entry.active = false; });
  EXPECT_EQ(check({}), ErrorCode::kPermissionDenied);
}

TEST_F(ExecutorTest, CheckRefusesWrongAndRetiredKeys) {
  EXPECT_EQ(check({.signer = 2}), ErrorCode::kUnauthenticated);
  EXPECT_EQ(check({.key_index = 1}), ErrorCode::kUnauthenticated);
  set_organisation([](OrganisationEntry& entry) {
    entry.signing_keys = {PublicKey{}, private_key(2).public_key()};
  });
  EXPECT_EQ(check({}), ErrorCode::kUnauthenticated);
  EXPECT_EQ(check({.key_index = 1, .signer = 2}), ErrorCode::kInternal);
}

TEST_F(ExecutorTest, CheckRefusesWhatFitsNoBlock) {
  ledger::Parameters parameters = genesis_.parameters;
  parameters.max_block_operations = 2;
  EXPECT_EQ(check({.codes = {0, 0}}, parameters), ErrorCode::kInternal);
  EXPECT_EQ(check({.codes = {0, 0, 0}}, parameters), ErrorCode::kTooLarge);
  parameters = genesis_.parameters;
  parameters.max_block_bytes = 600;
  EXPECT_EQ(check({}, parameters), ErrorCode::kTooLarge);
}

TEST(OrganisationEntry, BytesAreFrozenAndStrict) {
  OrganisationEntry entry;
  entry.id = AccountId::from(Bytes(32, 1));
  entry.name = "ab";
  entry.region = "AT";
  entry.signing_keys = {PublicKey::from(Bytes(33, 2))};
  entry.agreement_key = PublicKey::from(Bytes(33, 3));
  entry.tls_key = PublicKey::from(Bytes(33, 4));
  Bytes expected{0, 1};
  const auto add = [&](const Bytes& bytes) {
    expected.insert(expected.end(), bytes.begin(), bytes.end());
  };
  add(Bytes(32, 1));
  add({0, 0, 0, 2, 'a', 'b', 1, 0, 0, 0, 2, 'A', 'T', 1, 0, 1});
  add(Bytes(33, 2));
  add(Bytes(33, 3));
  add(Bytes(33, 4));
  EXPECT_EQ(entry.encode(), expected);
  EXPECT_EQ(OrganisationEntry::decode(expected)->encode(), expected);
  for (std::size_t size = 0; size < expected.size(); ++size) {
    EXPECT_FALSE(OrganisationEntry::decode(BytesView(expected).first(size)).has_value());
  }
  expected.push_back(0);
  EXPECT_FALSE(OrganisationEntry::decode(expected).has_value());
}

}  // namespace
}  // namespace galen::execution
