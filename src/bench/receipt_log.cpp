#include "bench/receipt_log.h"

#include "base/hex.h"

#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstring>

namespace galen::bench {

Result<std::unique_ptr<ReceiptLog>> ReceiptLog::create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (file == nullptr) {
    return fail(ErrorCode::kIo, "--receipts " + path + ": " + std::strerror(errno));
  }
  return std::unique_ptr<ReceiptLog>(new ReceiptLog(file));
}

void ReceiptLog::add(const client::SubmitAnswer& answer, double latency_ms) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::lock_guard lock(mutex_);
  std::fprintf(file_.get(),
               "{\"time_ms\": %" PRId64 ", \"transaction\": \"%s\", \"height\": %" PRIu64
               ", \"ok\": %s, \"latency_ms\": %.2f}\n",
               ms,
               to_hex(answer.transaction).c_str(),
               answer.height.value,
               answer.receipt.ok ? "true" : "false",
               latency_ms);
  std::fflush(file_.get());
}

}  // namespace galen::bench
