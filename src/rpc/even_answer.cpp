#include "rpc/even_answer.h"

namespace galen::rpc {

EvenAnswer::EvenAnswer(Clock::time_point arrived, const grpc::Status& status) {
  const auto wait = until_slot(Clock::now() - arrived);
  // Cancelled or not, the call ends then: a slot is short.
  slot_.Set(std::chrono::system_clock::now() + wait,
            [this, status](bool /*expired*/) { Finish(status); });
}

}  // namespace galen::rpc
