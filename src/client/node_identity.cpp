#include "client/grpc_answers.h"
#include "client/node_api.h"
#include "galen/v1/identity.grpc.pb.h"

#include <grpcpp/grpcpp.h>

namespace galen::client {

Result<std::vector<StateItem>> NodeApi::account(const AccountId& id,
                                                const OwnRequest& own,
                                                Deadline deadline) {
  v1::Identity::Stub stub(channel());
  grpc::ClientContext context;
  context.set_deadline(deadline);
  v1::GetAccountRequest request;
  request.set_account(to_string(id));
  request.set_request(to_string(own.request));
  request.set_authorisation(to_string(own.authorisation));
  v1::GetAccountResponse response;
  const grpc::Status status = stub.GetAccount(&context, request, &response);
  if (!status.ok()) return tl::unexpected(to_error(status, context));
  std::vector<StateItem> items;
  for (const auto& item : response.items()) {
    GALEN_TRY(auto key, ledger::StateKey::decode(as_bytes(item.key())));
    items.push_back({std::move(key), to_bytes(item.value())});
  }
  return items;
}

}  // namespace galen::client
