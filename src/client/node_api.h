// The calls of galen.v1 to one node, as plain values: gRPC stays in node_api.cpp and
// submit_stream.cpp. Failures carry the node's own ErrorCode when it sent one; kUnavailable and
// kDeadlineExceeded mean that another node may be asked. Thread rule: one thread per NodeApi.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/hpke.h"
#include "ledger/erasure_operations.h"
#include "ledger/evidence.h"
#include "ledger/receipt.h"
#include "ledger/state_key.h"
#include "modules/audit/statement.h"
#include "net/tls.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace grpc {
class Channel;
}  // namespace grpc

namespace galen::client {

/// How the message of a kUnavailable begins when no connection came about.
inline constexpr const char* kCannotConnect = "cannot connect";

using Deadline = std::chrono::system_clock::time_point;

struct NodeAddress {
  std::string organisation;
  std::string address;  ///< host:port
  PublicKey tls_key;    ///< the only server key that is talked to
};

struct SubmitAnswer {
  std::uint64_t id = 0;
  TxId transaction;
  std::optional<Error> error;  ///< why it was not admitted or not committed
  bool committed = false;
  Height height;
  BlockHash block;
  ledger::Receipt receipt;
  std::vector<ledger::OperationResult> results;
};

struct StatusAnswer {
  struct Peer {
    std::string organisation;
    bool connected = false;
    Height height;
  };

  std::string version;
  ChainId chain;
  std::string consortium;
  std::string organisation;
  Height height;
  BlockHash block;
  Digest state_root;
  TimeMs time;
  View view;
  std::uint32_t primary = 0;
  bool voting = false;
  std::string voting_note;
  bool fresh = false;
  std::vector<Peer> peers;
  std::uint64_t pool_transactions = 0;
  std::uint64_t transactions_total = 0;
  std::uint64_t uptime_ms = 0;
  std::uint64_t evidence = 0;
};

struct TransactionAnswer {
  Height height;
  std::uint32_t index = 0;
  TimeMs time;
  Bytes transaction;
  Bytes receipt;
  std::vector<ledger::OperationResult> results;
};

struct BlockAnswer {
  Bytes header;
  Bytes certificate;
  std::vector<ledger::Receipt> receipts;
};

struct CheckAnswer {
  RecordId record;
  bool permit = false;
  std::string reason;
  Bytes grant;  ///< empty or a GrantId
  std::vector<std::string> obligations;
};

/// A page of encoded entries; an empty token ends the list.
struct Page {
  std::vector<Bytes> ids;  ///< grants and groups only
  std::vector<Bytes> entries;
  std::vector<Bytes> proofs;  ///< records only, when asked for: one state proof for each entry
  Bytes token;
};

struct EvidenceAnswer {
  Bytes evidence;
  TimeMs found;
};

struct EvidencePage {
  std::vector<EvidenceAnswer> items;
  Bytes token;  ///< empty: the last page
};

/// How far a node is with an erasure order.
struct ErasureAnswer {
  TxId order;
  std::uint16_t operation = 0;
  ledger::ErasureScope scope = ledger::ErasureScope::kPatient;
  SubjectPath path;
  Height height;
  std::uint32_t step = 0;  ///< 0 ordered, 1 keys gone, 2 bytes gone
  std::uint64_t operations = 0;
  TimeMs keys_gone;
  TimeMs bytes_gone;
  TimeMs audit_until;
};

/// Under a reading: operation 0 of a committed transaction.
struct AccessQuery {
  PatientId log;
  TxId reading;
  std::uint64_t from = 0;
  bool with_neighbours = false;
};

struct AccessPage {
  std::vector<Bytes> entries;
  std::uint64_t first_index = 0;
  std::uint64_t count = 0;  ///< one past the last that the reading covers
};

struct StatementAnswer {
  Bytes state_proof;
  std::uint64_t first_index = 0;
  std::uint64_t last_index = 0;  ///< one past the last entry
  std::vector<Digest> path;
  std::vector<Bytes> entries;  ///< from first_index on, as many as fit one answer
};

struct RecordQuery {
  TxId access;        ///< under which it is read; zero: the custodian itself asks
  PatientId patient;  ///< of the custodian's own list
  bool with_proofs = false;
  // Filters; zero and nullopt filter nothing.
  ledger::ClassSet classes = 0;
  std::optional<std::int32_t> from{};  ///< service date in days
  std::optional<std::int32_t> to{};
  std::uint32_t status = 0;
  std::uint64_t at_height = 0;
};

/// A patient's signed request about himself; empty: the own organisation asks.
struct OwnRequest {
  Bytes request{};
  Bytes authorisation{};  ///< over `request`
};

struct GrantQuery {
  PatientId patient;
  OwnRequest own{};
  // Filters as in the proto message.
  std::uint32_t status = 0;
  std::uint32_t effect = 0;
  std::optional<AccountId> grantee{};
  bool with_proofs = false;
  std::uint64_t expiring_before_ms = 0;
  std::uint64_t at_height = 0;
};

/// What would be asked for.
struct SupposedAccess {
  Bytes request;  ///< canonical, unsigned (encode_query)
  /// Who would ask, of an organisation, when the request names no person.
  std::optional<ledger::Role> role;
};

struct SimulateAnswer {
  struct Item {
    std::uint32_t request = 0;
    CheckAnswer before;
    CheckAnswer after;
  };

  std::uint32_t result = 0;
  std::uint32_t failed = 0;  ///< place of the operation with that result, unless ok
  std::vector<Item> items;
};

/// Under a reading, as AccessQuery.
struct ExplainQuery {
  PatientId log;
  TxId reading;
  TxId transaction;
  std::uint32_t operation = 0;
  std::optional<std::uint64_t> index =
      {};  ///< its number in the log, instead of transaction and operation
};

struct ExplainAnswer {
  struct Item {
    CheckAnswer recorded;
    std::optional<CheckAnswer> replayed;
    std::string changed;
  };

  Bytes entry;
  std::uint64_t index = 0;
  std::uint64_t height = 0;
  std::vector<Item> items;
  std::vector<std::string> findings;
};

struct PutObject {
  RecordId record;
  PatientId patient;
  PayloadAddress address;
  Bytes header;
  std::vector<Bytes> envelopes;
};

struct ReleasedObject {
  Bytes header;
  PayloadAddress address;
  crypto::SealedBox box;
  std::vector<std::string> obligations;
  Bytes emergency_entry;  ///< of an emergency release: the journal's entry
  Bytes journal_receipt;  ///< and the node's signature for it
  Bytes index_entry;      ///< with its state proof, when the node shows that it is the custodian's
  Bytes index_proof;
};

struct StateItem {
  ledger::StateKey key;
  Bytes value;
};

class NodeApi {
 public:
  NodeApi(NodeAddress address, const net::TlsIdentity& identity);
  ~NodeApi();
  NodeApi(const NodeApi&) = delete;
  NodeApi& operator=(const NodeApi&) = delete;

  [[nodiscard]] const NodeAddress& address() const { return address_; }

  /// The connection; made on first use.
  [[nodiscard]] const std::shared_ptr<grpc::Channel>& channel();

  [[nodiscard]] Result<StatusAnswer> status(Deadline deadline);
  [[nodiscard]] Result<SubmitAnswer> submit(const Bytes& transaction, Deadline deadline);
  [[nodiscard]] Result<std::uint64_t> next_sequence(std::uint16_t lane, Deadline deadline);
  [[nodiscard]] Result<TransactionAnswer> transaction(const TxId& id, Deadline deadline);
  [[nodiscard]] Result<BlockAnswer> block(Height height, Deadline deadline);
  [[nodiscard]] Result<Bytes> state_proof(const Bytes& state_key,
                                          const OwnRequest& own,
                                          Deadline deadline);
  [[nodiscard]] Result<Bytes> transaction_proof(const TxId& id, Deadline deadline);
  /// Of the legal holds on a patient.
  [[nodiscard]] Result<Bytes> holds_proof(const PatientId& patient,
                                          const OwnRequest& own,
                                          Deadline deadline);
  /// Every page.
  [[nodiscard]] Result<std::vector<ErasureAnswer>> erasures(Deadline deadline);
  [[nodiscard]] Result<std::uint64_t> count_bodies(const PatientId& patient,
                                                   bool audit,
                                                   const std::optional<RecordId>& record,
                                                   Deadline deadline);
  [[nodiscard]] Result<EvidencePage> evidence(std::optional<ValidatorIndex> member,
                                              const Bytes& token,
                                              Deadline deadline);
  [[nodiscard]] Result<EvidenceAnswer> evidence_by_id(const ledger::EvidenceId& id,
                                                      Deadline deadline);
  [[nodiscard]] Result<Page> grants(const GrantQuery& query, const Bytes& token, Deadline deadline);
  [[nodiscard]] Result<Page> groups(const Bytes& token, Deadline deadline);
  /// `grantor`: nullopt for the patient.
  [[nodiscard]] Result<SimulateAnswer> simulate(const std::vector<Bytes>& operations,
                                                const std::optional<AccountId>& grantor,
                                                const std::vector<SupposedAccess>& requests,
                                                Deadline deadline);
  [[nodiscard]] Result<ExplainAnswer> explain(const ExplainQuery& query, Deadline deadline);
  [[nodiscard]] Result<std::vector<CheckAnswer>> check(const Bytes& request, Deadline deadline);
  [[nodiscard]] Result<Page> records(const RecordQuery& query,
                                     const Bytes& token,
                                     Deadline deadline);
  [[nodiscard]] Result<AccessPage> accesses(const AccessQuery& query, Deadline deadline);
  /// Under the reading `reading`.
  [[nodiscard]] Result<StatementAnswer> statement(const PatientId& log,
                                                  const TxId& reading,
                                                  const audit::StatementRange& range,
                                                  Deadline deadline);

  /// What the state has of an account: state keys and values.
  [[nodiscard]] Result<std::vector<StateItem>> account(const AccountId& id,
                                                       const OwnRequest& own,
                                                       Deadline deadline);

  /// Next ciphertext chunk to send; nullopt after the last.
  using ChunkSource = std::function<Result<std::optional<Bytes>>()>;
  /// Streams an object and returns the encoded storage receipt.
  [[nodiscard]] Result<Bytes> put(const PutObject& object,
                                  const ChunkSource& next,
                                  Deadline deadline);

  using HeaderSink = std::function<Status(const ReleasedObject&)>;
  using ChunkSink = std::function<Status(BytesView)>;
  /// Reads a released object. A failing sink cancels the stream and is returned.
  [[nodiscard]] Result<std::uint64_t> get(const TxId& access,
                                          std::uint16_t operation,
                                          const RecordId& record,
                                          const HeaderSink& header,
                                          const ChunkSink& chunk,
                                          Deadline deadline);

 private:
  NodeAddress address_;
  net::TlsIdentity identity_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace galen::client
