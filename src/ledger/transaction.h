// Transactions with detachable bodies (PRIVACY.md 1-9). FROZEN (docs/formats.md).
//   Transaction = header + submitter's signature (permanent) + N operation bodies (erasable one by
//   one)
// Thread rule: values; a DecodedTransaction is immutable and shared between threads.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "ledger/operation.h"

#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace galen::ledger {

inline constexpr std::uint16_t kTransactionVersion = 1;
/// Encoded size of every header: the permanent front of a transaction is this and 64 bytes of
/// signature.
inline constexpr std::size_t kTransactionHeaderBytes = 119;

/// lane (16 bit) || sequence (48 bit).
struct Nonce {
  std::uint16_t lane = 0;
  std::uint64_t sequence = 0;  ///< 1 .. 2^48-1
  friend auto operator<=>(const Nonce&, const Nonce&) = default;

  [[nodiscard]] std::uint64_t packed() const { return (std::uint64_t{lane} << 48U) | sequence; }

  [[nodiscard]] static Nonce unpack(std::uint64_t value);
};

struct TransactionHeader {
  std::uint16_t version = kTransactionVersion;
  TransactionClass tx_class = TransactionClass::kPersonal;
  ChainId chain;
  AccountId submitter;  ///< an organisation
  std::uint16_t key_index = 0;
  Nonce nonce;
  TimeMs valid_until;  ///< block time
  std::uint16_t operation_count = 0;
  Digest operations_root;
  friend bool operator==(const TransactionHeader&, const TransactionHeader&) = default;
};

/// A person's or organisation's signature over one operation and its context (PRIVACY.md 7).
struct Authorisation {
  AuthorisationRole role = AuthorisationRole::kPatient;
  AccountId account;  ///< for a patient: the patient id
  std::uint16_t key_index = 0;
  AccountId submitter;  ///< zero = ANY
  std::uint64_t sequence = 0;
  TimeMs not_after;
  Signature signature;
  friend bool operator==(const Authorisation&, const Authorisation&) = default;
};

/// Body i: everything erasable about operation i.
struct OperationBody {
  Random32 salt;
  Bytes operation;  ///< canonical bytes
  std::vector<Authorisation> authorisations;
  friend bool operator==(const OperationBody&, const OperationBody&) = default;
};

/// An operation's place in a transaction: its body, or, once erased, its commitment.
using OperationSlot = std::variant<OperationBody, Digest>;

struct Transaction {
  TransactionHeader header;
  Signature signature;
  std::vector<OperationSlot> operations;
  friend bool operator==(const Transaction&, const Transaction&) = default;
};

[[nodiscard]] Bytes encode(const TransactionHeader& header);
[[nodiscard]] Result<TransactionHeader> decode_transaction_header(BytesView bytes);
/// header || signature || per slot u8 1 || body, or u8 0 || commitment.
[[nodiscard]] Bytes encode(const Transaction& transaction);
/// Shape, limits, canonical signature; op commitments are checked against operations_root, so a
/// decoded transaction's bodies are the signed ones. kMalformed, kTooLarge.
[[nodiscard]] Result<Transaction> decode_transaction(BytesView bytes);
[[nodiscard]] Bytes encode(const OperationBody& body);
[[nodiscard]] Result<OperationBody> decode_operation_body(BytesView bytes);
/// One authorisation as it stands in a body.
[[nodiscard]] Bytes encode(const Authorisation& authorisation);
[[nodiscard]] Result<Authorisation> decode_authorisation(BytesView bytes);

/// H("op" || chain || u16 i || salt || u32 len || op || u32 len || authorisations).
[[nodiscard]] Digest operation_commitment(const ChainId& chain,
                                          std::uint16_t index,
                                          const OperationBody& body);
/// RFC 6962 root over the commitments.
[[nodiscard]] Digest operations_root(const ChainId& chain,
                                     const std::vector<OperationSlot>& operations);
/// H("tx" || header).
[[nodiscard]] TxId transaction_id(const TransactionHeader& header);
/// H("txleaf" || header || signature): RFC 6962 leaf *content* hash, also the memo key of a
/// verified signature.
[[nodiscard]] Digest transaction_leaf(const TransactionHeader& header, const Signature& signature);
/// The same from the front of an encoded transaction, which nothing has decoded yet. kMalformed
/// when there are too few bytes for header and signature.
[[nodiscard]] Result<Digest> transaction_leaf_of(BytesView encoded);
/// Bytes the submitter signs: tag "txsign" || header.
[[nodiscard]] Bytes signing_bytes(const TransactionHeader& header);
/// Bytes a person signs for one operation: tag "auth" || u16 version || chain || role || account ||
/// key_index || subject || submitter|zero || sequence || not_after || op type || H(op).
[[nodiscard]] Bytes authorisation_statement(const ChainId& chain,
                                            const Authorisation& authorisation,
                                            const PatientId& subject,
                                            OperationType type,
                                            BytesView operation);
/// H("grant" || authorisation statement).
[[nodiscard]] GrantId grant_id(BytesView authorisation_statement);

/// One operation, decoded once per node.
struct DecodedOperation {
  Operation value;
  OperationType type{};
  PatientId subject;
};

/// A transaction with everything derived from its bytes, computed once per node and shared by pool,
/// executor and storage. Signatures are not checked here.
struct DecodedTransaction {
  Transaction transaction;
  Bytes bytes;  ///< canonical encoding, as received
  TxId id;
  Digest leaf;
  std::vector<DecodedOperation> operations;  ///< empty when any body is erased
};

using DecodedTransactionPtr = std::shared_ptr<const DecodedTransaction>;

/// Decodes transaction and operations and checks what needs no state: class fits every operation,
/// entries of a log stand with their own type only (PRIVACY.md 21), counts, chain id. Takes the
/// bytes. kMalformed, kTooLarge, kWrongChain, kInvalidArgument.
[[nodiscard]] Result<DecodedTransactionPtr> decode_and_check(Bytes bytes, const ChainId& chain);

/// Builds and signs transactions. Signing is injected, so keys stay where they are.
class TransactionBuilder {
 public:
  TransactionBuilder(const ChainId& chain,
                     const AccountId& submitter,
                     std::uint16_t key_index,
                     RandomSource& random);
  /// A body with a fresh salt. `authorisations` signed over authorisation_statement().
  /// REQUIRES: the class (class_of) of the operations before it.
  void add(const Operation& operation, std::vector<Authorisation> authorisations = {});
  /// Header ready for signing. REQUIRES: at least one operation.
  [[nodiscard]] TransactionHeader header(Nonce nonce, TimeMs valid_until) const;
  [[nodiscard]] Transaction finish(const TransactionHeader& header, const Signature& signature) &&;

 private:
  ChainId chain_;
  AccountId submitter_;
  std::uint16_t key_index_;
  RandomSource& random_;
  TransactionClass class_ = TransactionClass::kPublic;
  std::vector<OperationSlot> operations_;
};

}  // namespace galen::ledger
