#include "client/node_api.h"

#include "base/limits.h"
#include "client/grpc_answers.h"
#include "client/released_stream.h"
#include "client/unary_call.h"
#include "galen/v1/galen.grpc.pb.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

namespace galen::client {

namespace {

constexpr int kMaxMessageBytes = static_cast<int>(limits::kMaxPeerMessageBytes);

grpc::ChannelArguments channel_arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);  // also the connect timeout
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  return arguments;
}

Result<StatusAnswer> to_status_answer(const v1::GetStatusResponse& message) {
  StatusAnswer answer;
  GALEN_TRY(answer.chain, fixed<ChainId>(message.chain_id(), "chain id"));
  GALEN_TRY(answer.block, fixed<BlockHash>(message.block_hash(), "block hash"));
  GALEN_TRY(answer.state_root, fixed<Digest>(message.state_root(), "state root"));
  answer.version = message.version();
  answer.consortium = message.consortium();
  answer.organisation = message.organisation();
  answer.height = Height{message.height()};
  answer.time = TimeMs{message.time_ms()};
  answer.view = View{message.view()};
  answer.primary = message.primary();
  answer.voting = message.voting();
  answer.voting_note = message.voting_note();
  answer.fresh = message.fresh();
  answer.pool_transactions = message.pool_transactions();
  answer.transactions_total = message.transactions_total();
  answer.uptime_ms = message.uptime_ms();
  answer.evidence = message.evidence();
  for (const auto& peer : message.peers()) {
    answer.peers.push_back({peer.organisation(), peer.connected(), Height{peer.height()}});
  }
  return answer;
}

Result<Bytes> fetch_proof(const std::shared_ptr<grpc::Channel>& channel,
                          const v1::GetProofRequest& request,
                          Deadline deadline) {
  v1::Ledger::Stub stub(channel);
  v1::GetProofResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::GetProof, request, response, deadline));
  return to_bytes(response.proof());
}

}  // namespace

NodeApi::NodeApi(NodeAddress address, const net::TlsIdentity& identity)
    : address_(std::move(address)), identity_(identity) {}

NodeApi::~NodeApi() = default;

const std::shared_ptr<grpc::Channel>& NodeApi::channel() {
  if (!channel_) {
    channel_ = grpc::CreateCustomChannel(address_.address,
                                         net::make_channel_credentials(identity_, address_.tls_key),
                                         channel_arguments());
  }
  return channel_;
}

Result<StatusAnswer> NodeApi::status(Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::GetStatusResponse response;
  GALEN_TRY_STATUS(
      unary(stub, &v1::Ledger::Stub::GetStatus, v1::GetStatusRequest(), response, deadline));
  return to_status_answer(response);
}

Result<SubmitAnswer> NodeApi::submit(const Bytes& transaction, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::SubmitRequest request;
  request.set_transaction(text(transaction));
  v1::SubmitResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::Submit, request, response, deadline));
  return to_answer(response);
}

Result<std::uint64_t> NodeApi::next_sequence(std::uint16_t lane, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::GetNonceRequest request;
  request.set_lane(lane);
  v1::GetNonceResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::GetNonce, request, response, deadline));
  return response.next_sequence();
}

Result<TransactionAnswer> NodeApi::transaction(const TxId& id, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::GetTransactionRequest request;
  request.set_tx_id(text(id));
  v1::GetTransactionResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::GetTransaction, request, response, deadline));
  TransactionAnswer answer;
  answer.height = Height{response.height()};
  answer.index = response.index();
  answer.time = TimeMs{response.time_ms()};
  answer.transaction = to_bytes(response.transaction());
  answer.receipt = to_bytes(response.receipt());
  for (const auto& result : response.results()) {
    answer.results.push_back(
        {static_cast<ledger::ResultCode>(result.code()), to_bytes(result.detail())});
  }
  return answer;
}

Result<BlockAnswer> NodeApi::block(Height height, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::GetBlockRequest request;
  request.set_height(height.value);
  v1::GetBlockResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::GetBlock, request, response, deadline));
  BlockAnswer answer;
  answer.header = to_bytes(response.header());
  answer.certificate = to_bytes(response.certificate());
  // tx_ids repeats what the receipts say: for programs that do not verify.
  for (const auto& encoded : response.receipts()) {
    GALEN_TRY(auto receipt, ledger::decode_receipt(as_bytes(encoded)));
    answer.receipts.push_back(std::move(receipt));
  }
  return answer;
}

Result<Bytes> NodeApi::state_proof(const Bytes& state_key,
                                   const OwnRequest& own,
                                   Deadline deadline) {
  v1::GetProofRequest request;
  request.set_state_key(text(state_key));
  request.set_request(text(own.request));
  request.set_authorisation(text(own.authorisation));
  return fetch_proof(channel(), request, deadline);
}

Result<Bytes> NodeApi::transaction_proof(const TxId& id, Deadline deadline) {
  v1::GetProofRequest request;
  request.set_tx_id(text(id));
  return fetch_proof(channel(), request, deadline);
}

Result<Bytes> NodeApi::holds_proof(const PatientId& patient,
                                   const OwnRequest& own,
                                   Deadline deadline) {
  v1::GetProofRequest request;
  request.set_holds_of(text(patient));
  request.set_request(text(own.request));
  request.set_authorisation(text(own.authorisation));
  return fetch_proof(channel(), request, deadline);
}

Result<std::vector<ErasureAnswer>> NodeApi::erasures(Deadline deadline) {
  v1::Erasure::Stub stub(channel());
  std::vector<ErasureAnswer> found;
  v1::ListErasuresRequest request;
  request.set_page_size(kPageSize);
  do {
    v1::ListErasuresResponse response;
    GALEN_TRY_STATUS(unary(stub, &v1::Erasure::Stub::ListErasures, request, response, deadline));
    for (const auto& item : response.items()) {
      ErasureAnswer answer;
      GALEN_TRY(answer.order, fixed<TxId>(item.order(), "order"));
      GALEN_TRY(answer.path, fixed<SubjectPath>(item.path(), "path"));
      answer.operation = static_cast<std::uint16_t>(item.operation());
      answer.scope = static_cast<ledger::ErasureScope>(item.scope());
      answer.height = Height{item.height()};
      answer.step = item.step();
      answer.operations = item.operations();
      answer.keys_gone = TimeMs{item.keys_gone_ms()};
      answer.bytes_gone = TimeMs{item.bytes_gone_ms()};
      answer.audit_until = TimeMs{item.audit_until_ms()};
      found.push_back(answer);
    }
    if (response.items().empty() && !response.page_token().empty()) {
      return fail(ErrorCode::kCorrupt, "the node's list does not end");
    }
    request.set_page_token(response.page_token());
  } while (!request.page_token().empty());
  return found;
}

Result<std::uint64_t> NodeApi::count_bodies(const PatientId& patient,
                                            bool audit,
                                            const std::optional<RecordId>& record,
                                            Deadline deadline) {
  v1::Erasure::Stub stub(channel());
  v1::CountBodiesRequest request;
  request.set_patient(text(patient));
  request.set_audit(audit);
  if (record) request.set_record(text(*record));
  v1::CountBodiesResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Erasure::Stub::CountBodies, request, response, deadline));
  return response.operations();
}

Result<EvidencePage> NodeApi::evidence(std::optional<ValidatorIndex> member,
                                       const Bytes& token,
                                       Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::ListEvidenceRequest request;
  if (member) request.set_member(member->value);
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  v1::ListEvidenceResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::ListEvidence, request, response, deadline));
  EvidencePage page;
  for (const auto& item : response.items())
    page.items.push_back({to_bytes(item.evidence()), TimeMs{item.found_ms()}});
  page.token = to_bytes(response.page_token());
  return page;
}

Result<EvidenceAnswer> NodeApi::evidence_by_id(const ledger::EvidenceId& id, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::GetEvidenceRequest request;
  request.set_id(text(id));
  v1::GetEvidenceResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::GetEvidence, request, response, deadline));
  return EvidenceAnswer{to_bytes(response.item().evidence()), TimeMs{response.item().found_ms()}};
}

Result<AccessPage> NodeApi::accesses(const AccessQuery& query, Deadline deadline) {
  v1::Audit::Stub stub(channel());
  v1::ListAccessRequest request;
  request.set_patient(text(query.log));
  request.set_read_tx_id(text(query.reading));
  request.set_from_index(query.from);
  request.set_with_neighbours(query.with_neighbours);
  request.set_page_size(kPageSize);
  v1::ListAccessResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Audit::Stub::ListAccess, request, response, deadline));
  AccessPage page;
  page.first_index = response.first_index();
  page.count = response.count();
  for (const auto& entry : response.entries()) page.entries.push_back(to_bytes(entry));
  return page;
}

Result<StatementAnswer> NodeApi::statement(const PatientId& log,
                                           const TxId& reading,
                                           const audit::StatementRange& range,
                                           Deadline deadline) {
  v1::Audit::Stub stub(channel());
  v1::GetStatementRequest request;
  request.set_patient(text(log));
  request.set_read_tx_id(text(reading));
  request.set_unit(static_cast<std::uint32_t>(range.unit));
  request.set_from(range.from);
  if (range.to) request.set_to(*range.to);
  request.set_page_size(kPageSize);
  v1::GetStatementResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Audit::Stub::GetStatement, request, response, deadline));
  StatementAnswer answer;
  answer.state_proof = to_bytes(response.state_proof());
  answer.first_index = response.first_index();
  answer.last_index = response.last_index();
  for (const auto& digest : response.path()) {
    GALEN_TRY(const Digest step, fixed<Digest>(digest, "path"));
    answer.path.push_back(step);
  }
  for (const auto& entry : response.entries()) answer.entries.push_back(to_bytes(entry));
  return answer;
}

Result<Bytes> NodeApi::put(const PutObject& object, const ChunkSource& next, Deadline deadline) {
  v1::Payload::Stub stub(channel());
  grpc::ClientContext context;
  context.set_deadline(deadline);
  v1::PutResponse response;
  const auto stream = stub.Put(&context, &response);
  v1::PutRequest request;
  auto* header = request.mutable_header();
  header->set_record(text(object.record));
  header->set_patient(text(object.patient));
  header->set_address(text(object.address));
  header->set_object_header(text(object.header));
  for (const auto& envelope : object.envelopes) header->add_envelopes(text(envelope));
  bool open = stream->Write(request);
  while (open) {
    auto chunk = next();
    if (!chunk) {
      context.TryCancel();
      stream->Finish();
      return tl::unexpected(chunk.error());
    }
    if (!chunk->has_value()) break;
    request.set_chunk(text(**chunk));
    open = stream->Write(request);
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return tl::unexpected(to_error(status, context));
  return to_bytes(response.storage_receipt());
}

Result<std::uint64_t> NodeApi::get(const TxId& access,
                                   std::uint16_t operation,
                                   const RecordId& record,
                                   const HeaderSink& header,
                                   const ChunkSink& chunk,
                                   Deadline deadline) {
  v1::Payload::Stub stub(channel());
  grpc::ClientContext context;
  context.set_deadline(deadline);
  v1::GetPayloadRequest request;
  request.set_tx_id(text(access));
  request.set_operation(operation);
  request.set_record(text(record));
  const auto stream = stub.Get(&context, request);
  return read_released(*stream, context, header, chunk);
}

}  // namespace galen::client
