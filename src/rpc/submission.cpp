#include "rpc/submission.h"

#include "base/limits.h"
#include "rpc/status_mapping.h"
#include "rpc/wire.h"

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace galen::rpc {
namespace {

/// Size first, then a place under the caller's bound (DOS-4).
Result<Quota::Place> admit(Desk& desk, const Caller& caller, const v1::SubmitRequest& request) {
  if (request.transaction().size() > limits::kMaxTransactionBytes) {
    return fail(ErrorCode::kTooLarge,
                "transaction: " + std::to_string(request.transaction().size()) +
                    " bytes are more than " + std::to_string(limits::kMaxTransactionBytes));
  }
  auto place = desk.submissions->take(caller.organisation);
  if (!place) {
    return fail(ErrorCode::kResourceExhausted, "too many transactions in flight; wait for answers");
  }
  return place;
}

/// One call of Ledger.Submit between its start and its one Finish.
class PendingSubmission : public std::enable_shared_from_this<PendingSubmission> {
 public:
  PendingSubmission(DeskPtr desk,
                    grpc::CallbackServerContext* context,
                    v1::SubmitResponse* response)
      : desk_(std::move(desk)),
        context_(context),
        response_(response),
        reactor_(context->DefaultReactor()) {}

  ~PendingSubmission() { finish(unanswered()); }

  grpc::ServerUnaryReactor* start(const v1::SubmitRequest& request) {
    grpc::ServerUnaryReactor* reactor = reactor_;
    if (const Status begun = begin(request); !begun) finish(begun.error());
    return reactor;
  }

 private:
  static Error unanswered() {
    return {ErrorCode::kUnavailable, "the node is stopping; submit the same bytes again"};
  }

  Status begin(const v1::SubmitRequest& request) {
    if (desk_->stopping) return tl::unexpected(unanswered());
    GALEN_TRY(const net::PeerIdentity identity,
              desk_->callers.certificate(*context_->auth_context()));
    GALEN_TRY(const Caller caller, desk_->callers.identify(identity));
    GALEN_TRY(auto place, admit(*desk_, caller, request));
    response_->set_id(request.id());
    const auto ticket =
        desk_->open.add(identity, [weak = weak_from_this()](const std::optional<Error>& refusal) {
          if (const auto self = weak.lock()) self->finish(refusal.value_or(unanswered()));
        });
    {
      const std::lock_guard lock(mutex_);
      if (reactor_ == nullptr) return {};  // ended at once
      ticket_ = ticket;
    }
    desk_->backend.submit(to_bytes(request.transaction()),
                          caller.organisation,
                          !request.no_wait(),
                          [self = shared_from_this(), place = std::move(place)](
                              SubmitOutcome outcome) { self->complete(outcome); });
    return {};
  }

  void complete(const SubmitOutcome& outcome) {
    if (outcome.error) {
      finish(*outcome.error);
      return;
    }
    OpenStreams::Ticket ticket = 0;
    {
      const std::lock_guard lock(mutex_);
      if (reactor_ == nullptr) return;
      ticket = ticket_;
      fill_response(outcome, *response_);
      std::exchange(reactor_, nullptr)->Finish(grpc::Status::OK);
    }
    desk_->open.remove(ticket);
  }

  void finish(const Error& error) {
    OpenStreams::Ticket ticket = 0;
    {
      const std::lock_guard lock(mutex_);
      if (reactor_ == nullptr) return;
      ticket = ticket_;
      std::exchange(reactor_, nullptr)->Finish(to_status(error, *context_));
    }
    desk_->open.remove(ticket);
  }

  const DeskPtr desk_;
  grpc::CallbackServerContext* const context_;
  v1::SubmitResponse* const response_;
  OpenStreams::Ticket ticket_ = 0;
  std::mutex mutex_;
  grpc::ServerUnaryReactor* reactor_;  // until Finish, after which gRPC may free the call
};

}  // namespace

void fill_response(const SubmitOutcome& outcome, v1::SubmitResponse& response) {
  response.set_tx_id(wire(outcome.id));
  if (outcome.error) {
    response.set_error(static_cast<std::uint32_t>(outcome.error->code));
    response.set_message(outcome.error->message);
    return;
  }
  response.set_committed(outcome.committed);
  if (!outcome.committed) return;
  response.set_height(outcome.height.value);
  response.set_block_hash(wire(outcome.block));
  response.set_receipt(wire(ledger::encode(outcome.receipt)));
  for (const ledger::OperationResult& result : outcome.results) {
    v1::OperationResult* item = response.add_results();
    item->set_code(static_cast<std::uint32_t>(result.code));
    item->set_detail(wire(result.detail));
  }
}

grpc::ServerUnaryReactor* submit_one(const DeskPtr& desk,
                                     grpc::CallbackServerContext* context,
                                     const v1::SubmitRequest& request,
                                     v1::SubmitResponse& response) {
  return std::make_shared<PendingSubmission>(desk, context, &response)->start(request);
}

}  // namespace galen::rpc
