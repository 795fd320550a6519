#include "galen/v1/galen.grpc.pb.h"
#include "rpc/payload_calls.h"
#include "rpc/services.h"

#include <utility>

namespace galen::rpc {
namespace {

class PayloadService final : public v1::Payload::CallbackService {
 public:
  explicit PayloadService(DeskPtr desk) : desk_(std::move(desk)) {}

  grpc::ServerReadReactor<v1::PutRequest>* Put(grpc::CallbackServerContext* context,
                                               v1::PutResponse* response) override {
    return receive_payload(desk_, context, response);
  }

  grpc::ServerWriteReactor<v1::GetPayloadResponse>* Get(
      grpc::CallbackServerContext* context, const v1::GetPayloadRequest* request) override {
    return release_payload(desk_, context, *request);
  }

 private:
  DeskPtr desk_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_payload_service(DeskPtr desk) {
  return std::make_unique<PayloadService>(std::move(desk));
}

}  // namespace galen::rpc
