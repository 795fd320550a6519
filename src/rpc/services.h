// The client services of proto/galen/v1. Thread rule: built once, called on gRPC's threads.
#pragma once

#include "rpc/desk.h"

#include <memory>

namespace grpc {
class Service;
}  // namespace grpc

namespace galen::rpc {

[[nodiscard]] std::unique_ptr<grpc::Service> make_ledger_service(DeskPtr desk);
[[nodiscard]] std::unique_ptr<grpc::Service> make_consent_service(DeskPtr desk);
[[nodiscard]] std::unique_ptr<grpc::Service> make_records_service(DeskPtr desk);
[[nodiscard]] std::unique_ptr<grpc::Service> make_audit_service(DeskPtr desk);
[[nodiscard]] std::unique_ptr<grpc::Service> make_erasure_service(DeskPtr desk);
[[nodiscard]] std::unique_ptr<grpc::Service> make_payload_service(DeskPtr desk);
[[nodiscard]] std::unique_ptr<grpc::Service> make_emergency_service(DeskPtr desk);
[[nodiscard]] std::unique_ptr<grpc::Service> make_identity_service(DeskPtr desk);

}  // namespace galen::rpc
