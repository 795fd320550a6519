#include "galen/v1/galen.grpc.pb.h"
#include "rpc/answer.h"
#include "rpc/evidence_queries.h"
#include "rpc/group_queries.h"
#include "rpc/ledger_queries.h"
#include "rpc/services.h"
#include "rpc/submission.h"
#include "rpc/watch.h"

#include <utility>

namespace galen::rpc {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class LedgerService final : public v1::Ledger::CallbackService {
 public:
  explicit LedgerService(DeskPtr desk) : desk_(std::move(desk)) {}

  ServerUnaryReactor* Submit(CallbackServerContext* context,
                             const v1::SubmitRequest* request,
                             v1::SubmitResponse* response) override {
    return submit_one(desk_, context, *request, *response);
  }

  grpc::ServerBidiReactor<v1::SubmitRequest, v1::SubmitResponse>* SubmitStream(
      CallbackServerContext* context) override {
    return open_submit_stream(desk_, context);
  }

  ServerUnaryReactor* GetTransaction(CallbackServerContext* context,
                                     const v1::GetTransactionRequest* request,
                                     v1::GetTransactionResponse* response) override {
    return answer(desk_, context, &get_transaction, request, response);
  }

  ServerUnaryReactor* GetBlock(CallbackServerContext* context,
                               const v1::GetBlockRequest* request,
                               v1::GetBlockResponse* response) override {
    return answer(desk_, context, &get_block, request, response);
  }

  ServerUnaryReactor* GetStatus(CallbackServerContext* context,
                                const v1::GetStatusRequest* request,
                                v1::GetStatusResponse* response) override {
    return answer(desk_, context, &get_status, request, response);
  }

  ServerUnaryReactor* GetNonce(CallbackServerContext* context,
                               const v1::GetNonceRequest* request,
                               v1::GetNonceResponse* response) override {
    return answer(desk_, context, &get_nonce, request, response);
  }

  ServerUnaryReactor* GetProof(CallbackServerContext* context,
                               const v1::GetProofRequest* request,
                               v1::GetProofResponse* response) override {
    return answer_evenly(desk_, context, &get_proof, request, response);
  }

  ServerUnaryReactor* GetDirectory(CallbackServerContext* context,
                                   const v1::GetDirectoryRequest* request,
                                   v1::GetDirectoryResponse* response) override {
    return answer(desk_, context, &get_directory, request, response);
  }

  ServerUnaryReactor* ListEvidence(CallbackServerContext* context,
                                   const v1::ListEvidenceRequest* request,
                                   v1::ListEvidenceResponse* response) override {
    return answer(desk_, context, &list_evidence, request, response);
  }

  ServerUnaryReactor* GetEvidence(CallbackServerContext* context,
                                  const v1::GetEvidenceRequest* request,
                                  v1::GetEvidenceResponse* response) override {
    return answer(desk_, context, &get_evidence, request, response);
  }

  ServerUnaryReactor* ListGroups(CallbackServerContext* context,
                                 const v1::ListGroupsRequest* request,
                                 v1::ListGroupsResponse* response) override {
    return answer(desk_, context, &list_groups, request, response);
  }

  grpc::ServerWriteReactor<v1::WatchEvent>* Watch(CallbackServerContext* context,
                                                  const v1::WatchRequest* request) override {
    return open_watch(desk_, context, *request);
  }

 private:
  DeskPtr desk_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_ledger_service(DeskPtr desk) {
  return std::make_unique<LedgerService>(std::move(desk));
}

}  // namespace galen::rpc
