#include "client/node_api.h"

#include "base/limits.h"
#include "client/grpc_answers.h"
#include "client/released_stream.h"
#include "galen/v1/galen.grpc.pb.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/grpcpp.h>

namespace galen::client {

namespace {

constexpr int kMaxMessageBytes = static_cast<int>(limits::kMaxPeerMessageBytes);
constexpr std::uint32_t kPageSize = 500;

std::string text(BytesView bytes) {
  return to_string(bytes);
}

template <class T>
Result<T> fixed(const std::string& bytes, std::string_view what) {
  if (bytes.size() == T::kSize) return T::from(as_bytes(bytes));
  return fail(ErrorCode::kMalformed, std::string(what) + " in the node's answer: wrong size");
}

template <class Stub, class Method, class Request, class Response>
Status unary(
    Stub& stub, Method method, const Request& request, Response& response, Deadline deadline) {
  grpc::ClientContext context;
  context.set_deadline(deadline);
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return tl::unexpected(to_error(status, context));
  return {};
}

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
  for (const auto& id : response.tx_ids()) {
    GALEN_TRY(const TxId tx_id, fixed<TxId>(id, "transaction id"));
    answer.transactions.push_back(tx_id);
  }
  return answer;
}

Result<Bytes> NodeApi::state_proof(const Bytes& state_key, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::GetProofRequest request;
  request.set_state_key(text(state_key));
  v1::GetProofResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::GetProof, request, response, deadline));
  return to_bytes(response.proof());
}

Result<Bytes> NodeApi::transaction_proof(const TxId& id, Deadline deadline) {
  v1::Ledger::Stub stub(channel());
  v1::GetProofRequest request;
  request.set_tx_id(text(id));
  v1::GetProofResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Ledger::Stub::GetProof, request, response, deadline));
  return to_bytes(response.proof());
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

Result<Page> NodeApi::grants(const PatientId& patient, const Bytes& token, Deadline deadline) {
  v1::Consent::Stub stub(channel());
  v1::ListGrantsRequest request;
  request.set_patient(text(patient));
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  v1::ListGrantsResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Consent::Stub::ListGrants, request, response, deadline));
  Page page;
  for (const auto& grant : response.grants()) {
    page.ids.push_back(to_bytes(grant.grant_id()));
    page.entries.push_back(to_bytes(grant.entry()));
  }
  page.token = to_bytes(response.page_token());
  return page;
}

Result<std::vector<CheckAnswer>> NodeApi::check(const Bytes& access_request, Deadline deadline) {
  v1::Consent::Stub stub(channel());
  v1::CheckRequest request;
  request.set_request(text(access_request));
  v1::CheckResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Consent::Stub::Check, request, response, deadline));
  std::vector<CheckAnswer> answers;
  for (const auto& item : response.items()) {
    CheckAnswer answer;
    GALEN_TRY(answer.record, fixed<RecordId>(item.record(), "record id"));
    answer.permit = item.permit();
    answer.reason = item.reason();
    answer.grant = to_bytes(item.grant());
    answer.obligations = {item.obligations().begin(), item.obligations().end()};
    answers.push_back(std::move(answer));
  }
  return answers;
}

Result<Page> NodeApi::records(const RecordQuery& query, const Bytes& token, Deadline deadline) {
  v1::Records::Stub stub(channel());
  v1::ListRecordsRequest request;
  request.set_request(text(query.request));
  request.set_authorisation(text(query.authorisation));
  request.set_with_proofs(query.with_proofs);
  request.set_page_size(kPageSize);
  request.set_page_token(text(token));
  v1::ListRecordsResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Records::Stub::ListRecords, request, response, deadline));
  Page page;
  for (const auto& entry : response.entries()) page.entries.push_back(to_bytes(entry));
  for (const auto& proof : response.proofs()) page.proofs.push_back(to_bytes(proof));
  page.token = to_bytes(response.page_token());
  return page;
}

Result<AccessPage> NodeApi::accesses(const PatientId& patient,
                                     std::uint64_t from,
                                     Deadline deadline) {
  v1::Audit::Stub stub(channel());
  v1::ListAccessRequest request;
  request.set_patient(text(patient));
  request.set_from_index(from);
  request.set_page_size(kPageSize);
  v1::ListAccessResponse response;
  GALEN_TRY_STATUS(unary(stub, &v1::Audit::Stub::ListAccess, request, response, deadline));
  AccessPage page;
  page.first_index = response.first_index();
  page.count = response.count();
  for (const auto& entry : response.entries()) page.entries.push_back(to_bytes(entry));
  return page;
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
  std::uint64_t chunks = 0;
  const Status read = read_released(*stream, header, chunk, chunks);
  if (!read) context.TryCancel();
  const grpc::Status status = stream->Finish();
  if (!read) return tl::unexpected(read.error());
  if (!status.ok()) return tl::unexpected(to_error(status, context));
  return chunks;
}

}  // namespace galen::client
