#include "galen/v1/galen.grpc.pb.h"
#include "rpc/answer.h"
#include "rpc/audit_queries.h"
#include "rpc/consent_queries.h"
#include "rpc/services.h"
#include "rpc/simulation.h"

#include <utility>

namespace galen::rpc {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class ConsentService final : public v1::Consent::CallbackService {
 public:
  explicit ConsentService(DeskPtr desk) : desk_(std::move(desk)) {}

  ServerUnaryReactor* ListGrants(CallbackServerContext* context,
                                 const v1::ListGrantsRequest* request,
                                 v1::ListGrantsResponse* response) override {
    return answer_evenly(desk_, context, &list_grants, request, response);
  }

  ServerUnaryReactor* Check(CallbackServerContext* context,
                            const v1::CheckRequest* request,
                            v1::CheckResponse* response) override {
    return answer_evenly(desk_, context, &check, request, response);
  }

  ServerUnaryReactor* Simulate(CallbackServerContext* context,
                               const v1::SimulateRequest* request,
                               v1::SimulateResponse* response) override {
    return answer_evenly(desk_, context, &simulate, request, response);
  }

  ServerUnaryReactor* Explain(CallbackServerContext* context,
                              const v1::ExplainRequest* request,
                              v1::ExplainResponse* response) override {
    return answer_evenly(desk_, context, &explain, request, response);
  }

 private:
  DeskPtr desk_;
};

class RecordsService final : public v1::Records::CallbackService {
 public:
  explicit RecordsService(DeskPtr desk) : desk_(std::move(desk)) {}

  ServerUnaryReactor* ListRecords(CallbackServerContext* context,
                                  const v1::ListRecordsRequest* request,
                                  v1::ListRecordsResponse* response) override {
    return answer_evenly(desk_, context, &list_records, request, response);
  }

 private:
  DeskPtr desk_;
};

class AuditService final : public v1::Audit::CallbackService {
 public:
  explicit AuditService(DeskPtr desk) : desk_(std::move(desk)) {}

  ServerUnaryReactor* ListAccess(CallbackServerContext* context,
                                 const v1::ListAccessRequest* request,
                                 v1::ListAccessResponse* response) override {
    return answer_evenly(desk_, context, &list_access, request, response);
  }

  ServerUnaryReactor* GetStatement(CallbackServerContext* context,
                                   const v1::GetStatementRequest* request,
                                   v1::GetStatementResponse* response) override {
    return answer_evenly(desk_, context, &get_statement, request, response);
  }

 private:
  DeskPtr desk_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_consent_service(DeskPtr desk) {
  return std::make_unique<ConsentService>(std::move(desk));
}

std::unique_ptr<grpc::Service> make_records_service(DeskPtr desk) {
  return std::make_unique<RecordsService>(std::move(desk));
}

std::unique_ptr<grpc::Service> make_audit_service(DeskPtr desk) {
  return std::make_unique<AuditService>(std::move(desk));
}

}  // namespace galen::rpc
