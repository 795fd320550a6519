#include "bench/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>

namespace galen::bench {
namespace {

std::string with_digits(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

double rounded(double value) {
  return std::round(value * 100) / 100;
}

}  // namespace

void Figures::merge(Figures&& other) {
  latencies_ms.insert(latencies_ms.end(), other.latencies_ms.begin(), other.latencies_ms.end());
  rejected += other.rejected;
  for (const auto& [message, count] : other.errors) errors[message] += count;
  heights.merge(other.heights);
}

std::size_t Figures::error_count() const {
  std::size_t count = 0;
  for (const auto& entry : errors) count += entry.second;
  return count;
}

double Figures::throughput_per_s() const {
  return seconds > 0 ? static_cast<double>(latencies_ms.size()) / seconds : 0;
}

double percentile(const std::vector<double>& sorted, double percent) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return sorted[std::min(index, sorted.size() - 1)];
}

std::string figures_text(Figures& figures) {
  std::sort(figures.latencies_ms.begin(), figures.latencies_ms.end());
  const auto& sorted = figures.latencies_ms;
  const std::size_t blocks = figures.heights.size();
  const std::string times = figures.batch > 1 ? " x " + std::to_string(figures.batch) : "";
  std::string text = "operation    " + figures.operation + times + ", " +
                     std::to_string(figures.clients) + " client(s), " +
                     std::to_string(figures.in_flight) + " in flight each, " +
                     with_digits(figures.seconds, 1) + " s\n";
  text += "committed    " + std::to_string(sorted.size()) + " transactions in " +
          std::to_string(blocks) + " blocks\n";
  text += "throughput   " + with_digits(figures.throughput_per_s(), 0) + " transactions/s\n";
  text += "latency      median " + with_digits(percentile(sorted, 50), 2) + " ms, p99 " +
          with_digits(percentile(sorted, 99), 2) + " ms, max " +
          with_digits(sorted.empty() ? 0 : sorted.back(), 2) + " ms\n";
  text += "rejected     " + std::to_string(figures.rejected) + "\n";
  text += "errors       " + std::to_string(figures.error_count()) + "\n";
  for (const auto& [message, count] : figures.errors) {
    text += "  " + std::to_string(count) + " x " + message + "\n";
  }
  return text;
}

std::string figures_json(Figures& figures) {
  std::sort(figures.latencies_ms.begin(), figures.latencies_ms.end());
  const auto& sorted = figures.latencies_ms;
  using Json = nlohmann::ordered_json;
  Json json;
  json["operation"] = figures.operation;
  json["clients"] = figures.clients;
  json["in_flight"] = figures.in_flight;
  json["batch"] = figures.batch;
  json["seconds"] = rounded(figures.seconds);
  json["committed"] = sorted.size();
  json["rejected"] = figures.rejected;
  json["errors"] = figures.error_count();
  json["error_messages"] = Json::object();
  for (const auto& [message, count] : figures.errors) json["error_messages"][message] = count;
  json["blocks"] = figures.heights.size();
  json["throughput_per_s"] = rounded(figures.throughput_per_s());
  json["latency_ms"] = Json{{"median", rounded(percentile(sorted, 50))},
                            {"p99", rounded(percentile(sorted, 99))},
                            {"max", rounded(sorted.empty() ? 0 : sorted.back())}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace galen::bench
