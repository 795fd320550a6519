#include "galen/v1/identity.grpc.pb.h"
#include "rpc/answer.h"
#include "rpc/identity_queries.h"
#include "rpc/services.h"

#include <utility>

namespace galen::rpc {
namespace {

class IdentityService final : public v1::Identity::CallbackService {
 public:
  explicit IdentityService(DeskPtr desk) : desk_(std::move(desk)) {}

  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context,
                                       const v1::GetAccountRequest* request,
                                       v1::GetAccountResponse* response) override {
    return answer_evenly(desk_, context, &get_account, request, response);
  }

 private:
  DeskPtr desk_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_identity_service(DeskPtr desk) {
  return std::make_unique<IdentityService>(std::move(desk));
}

}  // namespace galen::rpc
