#include "ledger/transaction.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/receipt.h"
#include "samples.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace galen::ledger {
namespace {

using samples::pattern;

constexpr std::size_t kHeaderBytes = 119;
constexpr std::size_t kPermanentBytes = kHeaderBytes + Signature::kSize;

std::string failure(BytesView bytes) {
  const auto result = decode_transaction(bytes);
  return result ? "" : result.error().message;
}

Transaction one_operation(const Operation& operation, std::vector<Authorisation> with = {}) {
  samples::Dice dice(2);
  TransactionBuilder builder(pattern<ChainId>(0xa0), pattern<AccountId>(0x90), 0, dice);
  builder.add(operation, std::move(with));
  const auto header = builder.header(Nonce{0, 1}, TimeMs{1000});
  return std::move(builder).finish(header, samples::fixed_signature(1));
}

void erase(Transaction& transaction, std::uint16_t index) {
  OperationSlot& slot = transaction.operations.at(index);
  slot = operation_commitment(transaction.header.chain, index, std::get<OperationBody>(slot));
}

/// The bytes of the sample transaction with one byte changed.
Bytes changed(std::size_t at, std::uint8_t to) {
  Bytes bytes = encode(samples::transaction());
  bytes.at(at) = to;
  return bytes;
}

TEST(Transaction, ComesBackFromItsBytes) {
  const Transaction transaction = samples::transaction();
  const Bytes bytes = encode(transaction);
  const auto decoded = decode_transaction(bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, transaction);
  EXPECT_EQ(encode(*decoded), bytes);
}

TEST(Transaction, PermanentPartOfOneOperationIs183BytesAndWithReceiptBelow300) {
  const Transaction transaction = one_operation(samples::append_record());
  const std::size_t permanent = encode(transaction.header).size() + Signature::kSize;
  EXPECT_EQ(permanent, kPermanentBytes);
  EXPECT_EQ(permanent, 183U);
  EXPECT_LE(permanent + encode(samples::receipt()).size(), 300U);
}

TEST(Transaction, OperationsCanBeErasedOneByOne) {
  Transaction transaction = samples::transaction();
  const TxId id = transaction_id(transaction.header);
  const std::size_t before = encode(transaction).size();
  for (std::uint16_t i = 0; i < 2; ++i) {
    erase(transaction, i);
    const auto decoded = decode_transaction(encode(transaction));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, transaction);
    EXPECT_EQ(transaction_id(decoded->header), id);
  }
  EXPECT_LT(encode(transaction).size(), before);
  EXPECT_EQ(encode(transaction).size(), kPermanentBytes + 2 * 33);
}

TEST(Transaction, RefusesBodiesThatAreNotTheSignedOnes) {
  Transaction transaction = samples::transaction();
  std::get<OperationBody>(transaction.operations[0]).salt.value[0] ^= 1;
  EXPECT_NE(failure(encode(transaction)).find("not the ones in its header"), std::string::npos);
  transaction = samples::transaction();
  std::swap(transaction.operations[0], transaction.operations[1]);
  EXPECT_NE(failure(encode(transaction)), "");
  transaction = samples::transaction();
  std::get<OperationBody>(transaction.operations[1]).authorisations.clear();
  EXPECT_NE(failure(encode(transaction)), "");
}

TEST(Transaction, RefusesABrokenHeader) {
  EXPECT_NE(failure(changed(1, 2)).find("version 2"), std::string::npos);
  EXPECT_NE(failure(changed(2, 3)).find("unknown code 3"), std::string::npos);
  EXPECT_NE(failure(changed(77, 0x40)).find("counter"), std::string::npos);
  Transaction transaction = samples::transaction();
  transaction.header.nonce.sequence = 0;
  EXPECT_NE(failure(encode(transaction)).find("sequence 0"), std::string::npos);
  transaction = samples::transaction();
  transaction.header.operation_count = 0;
  EXPECT_NE(failure(encode(transaction)).find("no operation"), std::string::npos);
  transaction.header.operation_count = limits::kMaxOperationsPerTransaction + 1;
  EXPECT_NE(failure(encode(transaction)).find("too many"), std::string::npos);
}

TEST(Transaction, RefusesASignatureThatIsNotCanonical) {
  Transaction transaction = samples::transaction();
  transaction.signature.value[32] = 0xff;  // s above n/2
  EXPECT_NE(failure(encode(transaction)).find("not canonical"), std::string::npos);
  transaction = one_operation(samples::append_record(), {samples::authorisation()});
  ASSERT_EQ(failure(encode(transaction)), "");
  std::get<OperationBody>(transaction.operations[0]).authorisations[0].signature = Signature{};
  EXPECT_NE(failure(encode(transaction)).find("not canonical"), std::string::npos);
}

TEST(Transaction, RefusesTooManyAuthorisationsOrBytes) {
  const std::vector<Authorisation> four(4, samples::authorisation());
  EXPECT_EQ(failure(encode(one_operation(samples::append_record(), four))), "");
  const std::vector<Authorisation> five(5, samples::authorisation());
  EXPECT_NE(failure(encode(one_operation(samples::append_record(), five))), "");
  const auto result = decode_transaction(Bytes(limits::kMaxTransactionBytes + 1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kTooLarge);
}

TEST(Transaction, RefusesASlotOfAnotherKind) {
  EXPECT_NE(failure(changed(kPermanentBytes, 2)).find("neither a body nor erased"),
            std::string::npos);
}

TEST(Transaction, HoldsUpTo256Operations) {
  samples::Dice dice(3);
  TransactionBuilder builder(pattern<ChainId>(1), pattern<AccountId>(2), 0, dice);
  for (std::size_t i = 0; i < limits::kMaxOperationsPerTransaction; ++i) {
    builder.add(RevokeAccess{pattern<PatientId>(1), dice.next<GrantId>(), {}});
  }
  const auto header = builder.header(Nonce{0, 1}, TimeMs{1});
  const auto transaction = std::move(builder).finish(header, samples::fixed_signature(1));
  EXPECT_EQ(failure(encode(transaction)), "");
}

TEST(Transaction, NoncePacksLaneAndSequence) {
  const Nonce nonce{65535, (std::uint64_t{1} << 48U) - 1};
  EXPECT_EQ(nonce.packed(), ~std::uint64_t{0});
  EXPECT_EQ(Nonce::unpack(nonce.packed()), nonce);
  EXPECT_EQ(Nonce::unpack(0x0003000000000005U), (Nonce{3, 5}));
}

TEST(Transaction, HeaderAloneComesBackFromItsBytes) {
  const TransactionHeader header = samples::transaction().header;
  const Bytes bytes = encode(header);
  EXPECT_EQ(bytes.size(), kHeaderBytes);
  const auto decoded = decode_transaction_header(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, header);
  EXPECT_EQ(to_bytes(BytesView(signing_bytes(header)).subspan(7)), bytes);
}

TEST(Transaction, LeafDependsOnTheSignatureAndIdDoesNot) {
  const TransactionHeader header = samples::transaction().header;
  EXPECT_NE(transaction_leaf(header, samples::fixed_signature(1)),
            transaction_leaf(header, samples::fixed_signature(2)));
  EXPECT_NE(transaction_id(header).value,
            transaction_leaf(header, samples::fixed_signature(1)).value);
}

TEST(Transaction, CommitmentBindsChainPlaceSaltAndContent) {
  const auto chain = pattern<ChainId>(1);
  const OperationBody body{pattern<Random32>(2), {1, 2, 3}, {samples::authorisation()}};
  const Digest commitment = operation_commitment(chain, 0, body);
  EXPECT_NE(commitment, operation_commitment(pattern<ChainId>(2), 0, body));
  EXPECT_NE(commitment, operation_commitment(chain, 1, body));
  OperationBody other = body;
  other.salt = pattern<Random32>(3);
  EXPECT_NE(commitment, operation_commitment(chain, 0, other));
  other = body;
  other.operation.push_back(0);
  EXPECT_NE(commitment, operation_commitment(chain, 0, other));
  other = body;
  other.authorisations.clear();
  EXPECT_NE(commitment, operation_commitment(chain, 0, other));
}

TEST(Authorisation, StatementBindsEveryField) {
  const auto chain = pattern<ChainId>(1);
  const auto subject = pattern<PatientId>(2);
  const Bytes operation{1, 2, 3};
  const Authorisation a = samples::authorisation();
  const auto statement = [&](const Authorisation& of) {
    return authorisation_statement(chain, of, subject, OperationType::kGrantAccess, operation);
  };
  const Bytes plain = statement(a);
  std::vector<Authorisation> others(6, a);
  others[0].role = AuthorisationRole::kCustodian;
  others[1].account = pattern<AccountId>(9);
  others[2].key_index = 2;
  others[3].submitter = AccountId{};
  others[4].sequence = 6;
  others[5].not_after = TimeMs{1};
  for (const Authorisation& other : others) EXPECT_NE(statement(other), plain);
  Authorisation resigned = a;
  resigned.signature = samples::fixed_signature(9);
  EXPECT_EQ(statement(resigned), plain);
  const auto type = OperationType::kGrantAccess;
  EXPECT_NE(authorisation_statement(pattern<ChainId>(9), a, subject, type, operation), plain);
  EXPECT_NE(authorisation_statement(chain, a, pattern<PatientId>(9), type, operation), plain);
  EXPECT_NE(authorisation_statement(chain, a, subject, OperationType::kDenyAccess, operation),
            plain);
  EXPECT_NE(authorisation_statement(chain, a, subject, type, Bytes{1, 2}), plain);
}

TEST(DecodedTransaction, EntriesOfLogsStandWithTheirOwnTypeOnly) {
  const auto together = [](const Operation& first, const Operation& second) {
    samples::Dice dice(1);
    TransactionBuilder builder(pattern<ChainId>(0xa0), pattern<AccountId>(0x90), 0, dice);
    builder.add(first);
    builder.add(second);
    const auto header = builder.header(Nonce{0, 1}, TimeMs{1});
    const Transaction transaction = std::move(builder).finish(header, samples::fixed_signature(1));
    const auto result = decode_and_check(encode(transaction), header.chain);
    return result ? std::optional<ErrorCode>{} : result.error().code;
  };
  for (const Operation& entry : samples::operations()) {
    if (!is_log_entry(type_of(entry))) continue;
    EXPECT_EQ(together(entry, entry), std::nullopt);
    for (const Operation& other : samples::operations()) {
      const OperationType type = type_of(other);
      if (class_of(type) == TransactionClass::kPublic || type == type_of(entry)) continue;
      EXPECT_EQ(together(entry, other), ErrorCode::kInvalidArgument) << name(type);
      EXPECT_EQ(together(other, entry), ErrorCode::kInvalidArgument) << name(type);
    }
  }
}

TEST(DecodedTransaction, HoldsEightAccessesAtMost) {
  const auto hold = [](std::size_t count) {
    samples::Dice dice(1);
    TransactionBuilder builder(pattern<ChainId>(0xa0), pattern<AccountId>(0x90), 0, dice);
    for (std::size_t i = 0; i < count; ++i) builder.add(samples::log_access());
    const auto header = builder.header(Nonce{0, 1}, TimeMs{1});
    const Transaction transaction = std::move(builder).finish(header, samples::fixed_signature(1));
    const auto result = decode_and_check(encode(transaction), header.chain);
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(hold(limits::kMaxAccessesPerTransaction), "");
  EXPECT_EQ(hold(limits::kMaxAccessesPerTransaction + 1), "transaction: 9 LogAccess, at most 8");
}

TEST(DecodedTransaction, HoldsWhatFollowsFromTheBytes) {
  const Transaction transaction = samples::transaction();
  const Bytes bytes = encode(transaction);
  const auto decoded = decode_and_check(bytes, transaction.header.chain);
  ASSERT_TRUE(decoded) << decoded.error().message;
  const DecodedTransaction& d = **decoded;
  EXPECT_EQ(d.transaction, transaction);
  EXPECT_EQ(d.bytes, bytes);
  EXPECT_EQ(d.id, transaction_id(transaction.header));
  EXPECT_EQ(d.leaf, transaction_leaf(transaction.header, transaction.signature));
  ASSERT_EQ(d.operations.size(), 2U);
  EXPECT_EQ(d.operations[1].type, OperationType::kGrantAccess);
  EXPECT_EQ(d.operations[1].subject, pattern<PatientId>(0x10));
  EXPECT_EQ(d.operations[1].value, Operation(GrantAccess{samples::grant_terms()}));
}

TEST(DecodedTransaction, HasNoOperationsOnceOneIsErased) {
  Transaction transaction = samples::transaction();
  erase(transaction, 0);
  const auto decoded = decode_and_check(encode(transaction), transaction.header.chain);
  ASSERT_TRUE(decoded);
  EXPECT_TRUE((*decoded)->operations.empty());
}

TEST(DecodedTransaction, RefusesAnotherChain) {
  const auto result = decode_and_check(encode(samples::transaction()), pattern<ChainId>(1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kWrongChain);
}

TEST(DecodedTransaction, RefusesAClassThatDoesNotFit) {
  Transaction transaction = samples::transaction();
  transaction.header.tx_class = TransactionClass::kPublic;
  const auto result = decode_and_check(encode(transaction), transaction.header.chain);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
}

TEST(DecodedTransaction, RefusesAnOperationThatDoesNotDecode) {
  Transaction transaction = samples::transaction();
  auto& body = std::get<OperationBody>(transaction.operations[1]);
  body.operation.pop_back();
  transaction.header.operations_root =
      operations_root(transaction.header.chain, transaction.operations);
  ASSERT_EQ(failure(encode(transaction)), "");
  const auto result = decode_and_check(encode(transaction), transaction.header.chain);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("operation 1"), std::string::npos);
}

TEST(TransactionBuilder, DrawsAFreshSaltForEveryBody) {
  const Transaction transaction = samples::transaction();
  EXPECT_NE(std::get<OperationBody>(transaction.operations[0]).salt,
            std::get<OperationBody>(transaction.operations[1]).salt);
  EXPECT_EQ(transaction.header.tx_class, TransactionClass::kPersonal);
}

TEST(Receipt, ComesBackFromItsBytes) {
  const Bytes bytes = encode(samples::receipt());
  EXPECT_EQ(bytes.size(), 65U);
  EXPECT_EQ(*decode_receipt(bytes), samples::receipt());
  const Bytes result = encode(samples::operation_result());
  EXPECT_EQ(*decode_operation_result(result), samples::operation_result());
}

TEST(Receipt, CodesHaveUniqueNames) {
  std::set<std::string_view> names;
  for (unsigned i = 0; i < 1000; ++i) {
    const auto code = static_cast<ResultCode>(i);
    if (is_valid(code)) {
      EXPECT_TRUE(names.insert(name(code)).second);
    } else {
      EXPECT_EQ(name(code), "?");
      EXPECT_FALSE(decode_operation_result(encode(OperationResult{code, {}})));
    }
  }
  EXPECT_EQ(names.size(), 73U);
}

TEST(Receipt, ResultCommitmentIsBlindedByTheSalt) {
  const OperationResult result = samples::operation_result();
  const Digest commitment = result_commitment(pattern<Random32>(1), result);
  EXPECT_NE(commitment, result_commitment(pattern<Random32>(2), result));
  EXPECT_NE(commitment, result_commitment(pattern<Random32>(1), OperationResult{}));
  EXPECT_NE(results_root({commitment}), results_root({commitment, commitment}));
}

}  // namespace
}  // namespace galen::ledger
