#include "bench/micro/figure.h"

#include "base/check.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

namespace galen::bench {

namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 100 ? "%.2f" : "%.0f", value);
  return text;
}

/// Processor time of this thread.
double seconds_used() {
  timespec now{};
  CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "Linux has a clock per thread");
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

}  // namespace

double median(std::vector<double> values) {
  CHECK(!values.empty(), "a median of something");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Figure size_figure(std::string name, std::size_t bytes, std::optional<double> limit) {
  Figure figure;
  figure.name = std::move(name);
  figure.unit = "bytes";
  figure.value = static_cast<double>(bytes);
  figure.limit = limit;
  return figure;
}

Figure time_figure(std::string name,
                   std::string unit,
                   std::optional<double> limit,
                   const Repetitions& repetitions,
                   const std::function<void(std::size_t)>& call) {
  const double per_second = unit == "ms" ? 1e3 : 1e6;
  std::vector<double> times;
  times.reserve(repetitions.samples);
  std::size_t number = 0;
  for (std::size_t sample = 0; sample < repetitions.samples; ++sample) {
    const double start = seconds_used();
    for (std::size_t i = 0; i < repetitions.calls; ++i) call(number++);
    const double elapsed = seconds_used() - start;
    times.push_back(elapsed * per_second / static_cast<double>(repetitions.calls));
  }
  Figure figure;
  figure.name = std::move(name);
  figure.unit = std::move(unit);
  figure.limit = limit;
  figure.repetitions = repetitions.samples;
  figure.fastest = *std::min_element(times.begin(), times.end());
  figure.slowest = *std::max_element(times.begin(), times.end());
  figure.value = median(std::move(times));
  return figure;
}

std::string figures_table(const std::vector<Figure>& figures) {
  std::size_t width = 0;
  for (const Figure& figure : figures) width = std::max(width, figure.name.size());
  std::string text;
  for (const Figure& figure : figures) {
    text += figure.name + std::string(width - figure.name.size() + 2, ' ');
    text += padded(number(figure.value), 9) + " " + figure.unit;
    if (figure.limit) {
      text += "   aim " + number(*figure.limit) + (figure.within_limit() ? "" : "   MISSED");
    }
    if (figure.repetitions > 0) {
      text += "   [" + number(figure.fastest) + " .. " + number(figure.slowest) + ", median of " +
              std::to_string(figure.repetitions) + "]";
    }
    text += '\n';
  }
  return text;
}

std::string figures_array(const std::vector<Figure>& figures) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const Figure& figure : figures) {
    nlohmann::ordered_json object;
    object["name"] = figure.name;
    object["unit"] = figure.unit;
    object[figure.repetitions > 0 ? "median" : "bytes"] = figure.value;
    object["limit"] = figure.limit ? nlohmann::ordered_json(*figure.limit) : nullptr;
    object["within_limit"] = figure.within_limit();
    if (figure.repetitions > 0) {
      object["repetitions"] = figure.repetitions;
      object["fastest"] = figure.fastest;
      object["slowest"] = figure.slowest;
    }
    array.push_back(std::move(object));
  }
  return array.dump(2) + "\n";
}

}  // namespace galen::bench
