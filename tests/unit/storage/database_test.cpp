#include "storage/database.h"

#include "chain_fixture.h"
#include "storage/keyring.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace galen::storage {
namespace {

using ledger::KeyKind;
using ledger::StateKey;

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() { reopen(); }

  void reopen() {
    database_.reset();
    auto opened = Database::open(test_options(directory_.path() / "data"), chain_.genesis());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    database_ = *std::move(opened);
  }

  TestBlock apply(std::vector<ledger::DecodedTransactionPtr> transactions,
                  std::uint64_t journal_sequence = 0) {
    TestBlock block = chain_.block(*database_, std::move(transactions));
    const Status status = database_->apply(block.batch(journal_sequence));
    EXPECT_TRUE(status.has_value()) << status.error().message;
    return block;
  }

  /// An order, and its first phase.
  void erase_keys_of(std::uint32_t patient) {
    const auto order = chain_.erase_patient(patient, ledger::ErasureScope::kPatient);
    apply({order});
    const Status erased = database_->erase_keys({order->id, 0}, [] { return TimeMs{7}; });
    ASSERT_TRUE(erased) << erased.error().message;
  }

  /// Every value and page the block wrote is what reading gives.
  static void expect_state(const execution::StateReader& state,
                           const execution::PageReader& pages,
                           const TestBlock& block) {
    for (const auto& [key, write] : block.outcome.state.values) {
      EXPECT_EQ(state.get(key), write.value);
    }
    for (const auto& [id, page] : block.outcome.state.pages) EXPECT_EQ(pages.page(id), page);
    EXPECT_EQ(execution::tree_root(pages, {}), block.header.state_root);
  }

  static void expect_block(const Database& database, const TestBlock& block) {
    const auto stored = database.block(block.header.height);
    ASSERT_TRUE(stored.has_value()) << stored.error().message;
    EXPECT_EQ(stored->block.header, block.header);
    EXPECT_EQ(stored->certificate, block.certificate);
    EXPECT_EQ(stored->receipts, block.outcome.receipts);
    EXPECT_EQ(stored->hash, ledger::block_hash(block.header));
    ASSERT_EQ(stored->block.transactions.size(), block.transactions.size());
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
      EXPECT_EQ(stored->block.transactions[i], block.transactions[i]->bytes);
    }
  }

  TemporaryDirectory directory_;
  TestChain chain_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, StartsAtGenesisWithItsState) {
  const Head head = database_->head();
  EXPECT_EQ(head.height(), Height{0});
  EXPECT_EQ(head.hash, id_cast<BlockHash>(chain_.chain()));
  EXPECT_EQ(head.header.time, chain_.genesis().time);
  EXPECT_FALSE(head.certificate.has_value());
  EXPECT_EQ(database_->journal_mark(), 0U);
  EXPECT_EQ(head.header.state_root, execution::genesis_state(chain_.genesis()).state_root);
  EXPECT_EQ(execution::load_parameters(*database_), chain_.genesis().parameters);
  int organisations = 0;
  database_->scan({}, KeyKind::kOrganisation, [&](BytesView id, BytesView value) {
    const auto entry = execution::OrganisationEntry::decode(value);
    EXPECT_TRUE(entry && equal(entry->id, id));
    ++organisations;
    return true;
  });
  EXPECT_EQ(organisations, 4);
  EXPECT_EQ(database_->block(Height{0}).error().code, ErrorCode::kNotFound);
}

// RocksDB begins anew where the file is missing, and takes the data for garbage: twice, because the
// first attempt must not prepare the second.
TEST_F(DatabaseTest, ADatabaseWithoutItsHeadFileIsRefusedAndLeftAlone) {
  for (const char* part : {"keyring", "ledger"}) {
    database_.reset();
    const auto current = directory_.path() / "data" / part / "CURRENT";
    const auto aside = directory_.path() / "aside";
    std::filesystem::rename(current, aside);
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto opened =
          Database::open(test_options(directory_.path() / "data"), chain_.genesis());
      ASSERT_FALSE(opened.has_value()) << part;
      EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
      EXPECT_NE(opened.error().message.find(part), std::string::npos) << opened.error().message;
      EXPECT_FALSE(std::filesystem::exists(current));
    }
    std::filesystem::rename(aside, current);
    auto again = Database::open(test_options(directory_.path() / "data"), chain_.genesis());
    ASSERT_TRUE(again.has_value()) << again.error().message;
    database_ = *std::move(again);
  }
}

TEST_F(DatabaseTest, AMissingKeyringBesideALedgerIsRefused) {
  database_.reset();
  std::filesystem::remove_all(directory_.path() / "data" / "keyring");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto opened = Database::open(test_options(directory_.path() / "data"), chain_.genesis());
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(DatabaseTest, GivesBackWhatWasApplied) {
  const TestBlock first = apply({chain_.append(1, 1), chain_.append_two(1, 2, 20)}, 5);
  const TestBlock second = apply({chain_.access(1, 1), chain_.append(2, 13)}, 9);
  for (int round = 0; round < 2; ++round) {
    expect_block(*database_, first);
    expect_block(*database_, second);
    expect_state(*database_, *database_, second);
    EXPECT_EQ(database_->head().height(), Height{2});
    EXPECT_EQ(database_->head().certificate, second.certificate);
    EXPECT_EQ(database_->journal_mark(), 9U);
    EXPECT_EQ(database_->header(Height{1})->hash, ledger::block_hash(first.header));
    reopen();
  }
}

TEST_F(DatabaseTest, FindsTransactionsAndTheirResults) {
  const TestBlock block = apply({chain_.append(1, 1), chain_.append(2, 13)});
  for (std::uint32_t i = 0; i < 2; ++i) {
    const auto place = database_->find_transaction(block.transactions[i]->id);
    ASSERT_TRUE(place.has_value());
    EXPECT_EQ(*place, (TransactionPlace{Height{1}, i}));
    EXPECT_EQ(*database_->transaction(*place), block.transactions[i]->transaction);
    EXPECT_EQ(database_->results(*place)->at(0), block.outcome.results[i][0]);
  }
  EXPECT_EQ(block.outcome.results[1][0].code, ledger::ResultCode::kNotCustodian);
  EXPECT_EQ(database_->find_transaction(TxId{}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(database_->transaction({Height{1}, 2}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(database_->block(Height{2}).error().code, ErrorCode::kNotFound);
}

TEST_F(DatabaseTest, PublicBodiesAreKeptToo) {
  auto transaction = std::make_shared<ledger::DecodedTransaction>(*chain_.append(1, 1));
  transaction->transaction.header.tx_class = ledger::TransactionClass::kPublic;
  const auto& header = transaction->transaction.header;
  transaction->id = ledger::transaction_id(header);
  transaction->leaf = ledger::transaction_leaf(header, transaction->transaction.signature);
  transaction->bytes = ledger::encode(transaction->transaction);
  expect_block(*database_, apply({transaction}));
}

TEST_F(DatabaseTest, ScansASubjectsKeysWithTheirIds) {
  apply({chain_.append(1, 1), chain_.append(1, 2), chain_.append(2, 3), chain_.access(1, 1)});
  const ledger::TreeId tree{ledger::TreeKind::kClinical, TestChain::patient(1)};
  std::vector<Bytes> ids;
  database_->scan(tree, KeyKind::kRecord, [&](BytesView id, BytesView value) {
    EXPECT_EQ(database_->get(StateKey::clinical(tree.subject, KeyKind::kRecord, id)),
              to_bytes(value));
    ids.push_back(to_bytes(id));
    return true;
  });
  std::sort(ids.begin(), ids.end());
  std::vector<Bytes> expected{to_bytes(TestChain::record(1).view()),
                              to_bytes(TestChain::record(2).view())};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(ids, expected);
  int visits = 0;
  database_->scan(tree, KeyKind::kRecord, [&](BytesView, BytesView) {
    ++visits;
    return false;
  });
  EXPECT_EQ(visits, 1);
}

TEST_F(DatabaseTest, SnapshotKeepsItsHeadWhileBlocksAreApplied) {
  const TestBlock first = apply({chain_.append(1, 1)});
  const auto snapshot = database_->snapshot();
  const TestBlock second = apply({chain_.append(1, 2), chain_.append(3, 3)});
  EXPECT_EQ(snapshot->head().header, first.header);
  expect_state(*snapshot, *snapshot, first);
  const auto added =
      StateKey::clinical(TestChain::patient(1), KeyKind::kRecord, TestChain::record(2));
  EXPECT_EQ(snapshot->get(added), std::nullopt);
  expect_state(*database_->snapshot(), *database_->snapshot(), second);
  database_.reset();
  expect_state(*snapshot, *snapshot, first);
}

TEST_F(DatabaseTest, SaltOpensTheProvenCommitment) {
  apply({chain_.append(1, 1)});
  const auto snapshot = database_->snapshot();
  const auto key =
      StateKey::clinical(TestChain::patient(1), KeyKind::kRecord, TestChain::record(1));
  const ledger::TreePath path = execution::prove(*snapshot, key.tree, key.hash());
  ASSERT_TRUE(path.shows_presence(key.hash()));
  EXPECT_EQ(path.leaf->value_commitment,
            ledger::value_commitment(*snapshot->value_salt(key), *snapshot->get(key)));
}

TEST_F(DatabaseTest, RefusesABlockThatDoesNotContinueTheHead) {
  const TestBlock block = chain_.block(*database_, {chain_.append(1, 1)});
  ASSERT_TRUE(database_->apply(block.batch(1)).has_value());
  EXPECT_EQ(database_->apply(block.batch(1)).error().code, ErrorCode::kFailedPrecondition);
  TestBlock foreign = chain_.block(*database_, {chain_.append(1, 2)});
  foreign.header.parent = BlockHash{};
  EXPECT_EQ(database_->apply(foreign.batch(1)).error().code, ErrorCode::kFailedPrecondition);
  apply({chain_.append(1, 3)});
}

TEST_F(DatabaseTest, DestroyedKeysEraseASubjectAndNobodyElse) {
  const auto both = chain_.append_two(1, 2, 20);
  const auto access = chain_.access(1, 1);
  const TestBlock block = apply({chain_.append(1, 1), both, access, chain_.append(2, 2)});
  erase_keys_of(1);
  reopen();
  const auto stored = database_->block(Height{1});
  ASSERT_TRUE(stored.has_value()) << stored.error().message;
  EXPECT_EQ(stored->block.transactions[2], access->bytes);
  EXPECT_EQ(stored->block.transactions[3], block.transactions[3]->bytes);
  const auto half = ledger::decode_transaction(stored->block.transactions[1]);
  ASSERT_TRUE(half.has_value());
  EXPECT_TRUE(std::holds_alternative<Digest>(half->operations[0]));
  EXPECT_EQ(half->operations[1], both->transaction.operations[1]);
  EXPECT_EQ(database_->results({Height{1}, 0})->at(0), std::nullopt);
  EXPECT_EQ(database_->get(
                StateKey::clinical(TestChain::patient(1), KeyKind::kRecord, TestChain::record(1))),
            std::nullopt);
  EXPECT_NE(database_->get(
                StateKey::clinical(TestChain::patient(2), KeyKind::kRecord, TestChain::record(2))),
            std::nullopt);
}

TEST_F(DatabaseTest, BlocksThatCameWithErasedBodiesAreKeptAsTheyCame) {
  ledger::Transaction erased = chain_.append_two(1, 2, 20)->transaction;
  const auto& body = std::get<ledger::OperationBody>(erased.operations[0]);
  erased.operations[0] = ledger::operation_commitment(chain_.chain(), 0, body);
  TestBlock block = chain_.block(*database_, {});
  block.transactions = {*ledger::decode_and_check(ledger::encode(erased), chain_.chain())};
  block.outcome.receipts = {{block.transactions[0]->id, true, Digest{}}};
  block.outcome.results = {{{}, {}}};
  block.header.transactions_root = ledger::transactions_root({block.transactions[0]->leaf});
  block.header.receipts_root = ledger::receipts_root(block.outcome.receipts);
  block.certificate.subject.block = ledger::block_hash(block.header);
  ASSERT_TRUE(database_->apply(block.batch(0)).has_value());
  expect_block(*database_, block);
}

/// Who is missing in it would look as if he had been erased.
TEST_F(DatabaseTest, AKeyringOlderThanItsLedgerIsRefused) {
  const auto keyring = directory_.path() / "data" / "keyring";
  apply({chain_.append(1, 1)});
  database_.reset();
  std::filesystem::copy(
      keyring, directory_.path() / "older", std::filesystem::copy_options::recursive);
  reopen();
  apply({chain_.append(2, 2)});
  database_.reset();
  std::filesystem::remove_all(keyring);
  std::filesystem::copy(
      directory_.path() / "older", keyring, std::filesystem::copy_options::recursive);
  const auto opened = Database::open(test_options(directory_.path() / "data"), chain_.genesis());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(opened.error().message.find("the keyring is older than this ledger"),
            std::string::npos);
}

/// Blocks that name a subject whose key is gone cannot be executed again.
TEST_F(DatabaseTest, ALedgerOlderThanWhatItsKeyringErasedIsRefused) {
  const auto ledger = directory_.path() / "data" / "ledger";
  // It knows of another erasure.
  apply({chain_.append(1, 1), chain_.append(2, 2)});
  erase_keys_of(2);
  database_.reset();
  ASSERT_TRUE(std::filesystem::exists(ledger));
  std::filesystem::copy(
      ledger, directory_.path() / "older", std::filesystem::copy_options::recursive);
  reopen();
  erase_keys_of(1);
  reopen();
  database_.reset();
  std::filesystem::remove_all(ledger);
  std::filesystem::copy(
      directory_.path() / "older", ledger, std::filesystem::copy_options::recursive);
  const auto opened = Database::open(test_options(directory_.path() / "data"), chain_.genesis());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(opened.error().message.find("the ledger is older than its keyring"), std::string::npos);
  // As the message says: and again, before it has taken anything from the others.
  std::filesystem::remove_all(ledger);
  for (int start = 0; start < 2; ++start) {
    const auto fresh = Database::open(test_options(directory_.path() / "data"), chain_.genesis());
    ASSERT_TRUE(fresh) << fresh.error().message;
  }
}

TEST_F(DatabaseTest, SealsOutsideBytesPerSubject) {
  const PatientId patient = TestChain::patient(1);
  const Bytes context{1};
  EXPECT_EQ(database_->seal(patient, Compartment::kClinical, context, Bytes{7}).error().code,
            ErrorCode::kNotFound);
  apply({chain_.append(1, 1)});
  const auto sealed = database_->seal(patient, Compartment::kClinical, context, Bytes{7, 7});
  ASSERT_TRUE(sealed.has_value());
  reopen();
  const auto open = [&](const PatientId& subject, Compartment compartment, const Bytes& data) {
    return database_->unseal(subject, compartment, data, *sealed);
  };
  EXPECT_EQ(open(patient, Compartment::kClinical, context).value(), (Bytes{7, 7}));
  EXPECT_EQ(open(patient, Compartment::kClinical, Bytes{2}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(open(patient, Compartment::kAudit, context).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(open(TestChain::patient(2), Compartment::kClinical, context).error().code,
            ErrorCode::kNotFound);
}

TEST_F(DatabaseTest, ADestroyedKeyIsNotMadeAgainForOutsideBytes) {
  const PatientId patient = TestChain::patient(1);
  apply({chain_.append(1, 1)});
  const auto sealed = database_->seal(patient, Compartment::kClinical, {}, Bytes{7});
  ASSERT_TRUE(sealed.has_value());
  erase_keys_of(1);
  reopen();
  EXPECT_EQ(database_->unseal(patient, Compartment::kClinical, {}, *sealed).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(database_->seal(patient, Compartment::kClinical, {}, Bytes{7}).error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace galen::storage
