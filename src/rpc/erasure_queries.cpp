#include "rpc/erasure_queries.h"

#include "codec/codec.h"
#include "galen/v1/galen.grpc.pb.h"
#include "ledger/erasure_entries.h"
#include "rpc/answer.h"
#include "rpc/requester_signature.h"
#include "rpc/services.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <utility>

namespace galen::rpc {
namespace {

using storage::OrderId;

Bytes page_token(const OrderId& order) {
  codec::Writer w;
  w.raw(order.transaction).u16(order.operation);
  return std::move(w).take();
}

Result<std::optional<OrderId>> read_token(std::string_view token) {
  if (token.empty()) return std::optional<OrderId>{};
  codec::Reader r(as_bytes(token), "page_token");
  OrderId order;
  order.transaction = r.fixed<TxId>();
  order.operation = r.u16();
  const Status read = r.finish();
  if (!read) return fail(ErrorCode::kInvalidArgument, read.error().message);
  return std::optional<OrderId>{order};
}

void fill(v1::ErasureItem& item, const OrderId& order, const storage::ErasureRow& row) {
  item.set_order(wire(order.transaction));
  item.set_operation(order.operation);
  item.set_scope(static_cast<std::uint32_t>(row.scope));
  item.set_path(wire(row.path));
  item.set_height(row.height.value);
  item.set_step(static_cast<std::uint32_t>(row.step));
  item.set_operations(row.operations);
  item.set_keys_gone_ms(row.keys_gone.value);
  item.set_bytes_gone_ms(row.bytes_gone.value);
  item.set_audit_until_ms(row.audit_until.value);
}

class ErasureService final : public v1::Erasure::CallbackService {
 public:
  explicit ErasureService(DeskPtr desk) : desk_(std::move(desk)) {}

  grpc::ServerUnaryReactor* ListErasures(grpc::CallbackServerContext* context,
                                         const v1::ListErasuresRequest* request,
                                         v1::ListErasuresResponse* response) override {
    return answer(desk_, context, &list_erasures, request, response);
  }

  grpc::ServerUnaryReactor* CountBodies(grpc::CallbackServerContext* context,
                                        const v1::CountBodiesRequest* request,
                                        v1::CountBodiesResponse* response) override {
    return answer_evenly(desk_, context, &count_bodies, request, response);
  }

 private:
  DeskPtr desk_;
};

}  // namespace

std::optional<AccountId> custodian_of(const execution::StateReader& state,
                                      const PatientId& patient) {
  const auto stone = state.get(ledger::Tombstone::key(ledger::subject_path(patient)));
  if (!stone) return owner_of(state, patient);
  const auto decoded = ledger::Tombstone::decode(*stone);
  // Of a log that is gone, an empty one must not be shown.
  if (!decoded || decoded->audit) return std::nullopt;
  return decoded->custodian;
}

Status list_erasures(Backend& backend,
                     const Caller& /*caller*/,
                     const v1::ListErasuresRequest& request,
                     v1::ListErasuresResponse& response) {
  GALEN_TRY(const std::optional<OrderId> after, read_token(request.page_token()));
  GALEN_TRY(const auto rows, backend.ledger().erasures());
  const auto limit = static_cast<int>(page_size(request.page_size()));
  auto at = after ? rows.upper_bound(*after) : rows.begin();
  for (; at != rows.end() && response.items_size() < limit; ++at) {
    fill(*response.add_items(), at->first, at->second);
  }
  if (at != rows.end()) response.set_page_token(wire(page_token(std::prev(at)->first)));
  return {};
}

Status count_bodies(Backend& backend,
                    const Caller& caller,
                    const v1::CountBodiesRequest& request,
                    v1::CountBodiesResponse& response) {
  GALEN_TRY(const auto patient, fixed_field<PatientId>(request.patient(), "patient"));
  GALEN_TRY_STATUS(require_caught_up(backend));
  const auto snapshot = backend.ledger().snapshot();
  if (custodian_of(*snapshot, patient) != caller.organisation) return not_found();
  ledger::BodiesOf bodies;
  bodies.path = ledger::subject_path(patient);
  if (request.audit()) bodies.compartment = ledger::TreeKind::kAudit;
  if (!request.record().empty()) {
    GALEN_TRY(const auto record, fixed_field<RecordId>(request.record(), "record"));
    bodies.record = ledger::record_path(record);
  }
  response.set_operations(snapshot->count_bodies(bodies));
  return {};
}

std::unique_ptr<grpc::Service> make_erasure_service(DeskPtr desk) {
  return std::make_unique<ErasureService>(std::move(desk));
}

}  // namespace galen::rpc
