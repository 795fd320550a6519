// Every receipt of a run as one JSON line: what the network acknowledged, and when. For tools that
// compare it with the chain afterwards, or look for gaps.
// Thread rule: any thread.
#pragma once

#include "base/result.h"
#include "client/node_api.h"

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

namespace galen::bench {

class ReceiptLog {
 public:
  /// Creates or empties the file. kIo.
  [[nodiscard]] static Result<std::unique_ptr<ReceiptLog>> create(const std::string& path);

  /// {"time_ms": unix time of its arrival, "transaction": hexadecimal, "height", "ok",
  /// "latency_ms"}; flushed. REQUIRES: committed.
  void add(const client::SubmitAnswer& answer, double latency_ms);

 private:
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };

  explicit ReceiptLog(std::FILE* file) : file_(file) {}

  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace galen::bench
