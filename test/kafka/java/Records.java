import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own clients, by lines of JSON; keys, values and headers' values in base64, null where there is none.
 *   produce BOOTSTRAP CODEC=TOPIC...  writes the records on standard input to each topic, packed with that codec
 *   consume BOOTSTRAP TOPIC...        prints all that the topics hold
 *   partition COUNT                   prints the partition of each key on standard input
 */
public class Records {
  private static final ObjectMapper json = new ObjectMapper();
  private static final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  public static void main(String[] arguments) throws Exception {
    List<String> rest = List.of(arguments).subList(1, arguments.length);
    switch (arguments[0]) {
      case "produce" -> produce(rest.get(0), rest.subList(1, rest.size()));
      case "consume" -> consume(rest.get(0), rest.subList(1, rest.size()));
      case "partition" -> partition(Integer.parseInt(rest.get(0)));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    out.flush();
  }

  private static void produce(String bootstrap, List<String> targets) throws Exception {
    List<JsonNode> records = new ArrayList<>();
    for (String line : lines()) records.add(json.readTree(line));
    for (String target : targets) {
      String[] parts = target.split("=", 2);
      Map<String, Object> config = Map.of(
          "bootstrap.servers", bootstrap, "compression.type", parts[0], "linger.ms", 50, "batch.size", 2_000_000,
          "max.request.size", 3_000_000, "acks", "all");
      var serializer = new ByteArraySerializer();
      try (var producer = new KafkaProducer<>(config, serializer, serializer)) {
        for (JsonNode record : records) {
          List<Header> headers = new ArrayList<>();
          for (JsonNode each : record.get("headers")) headers.add(new RecordHeader(each.get(0).asText(), bytes(each.get(1))));
          var timestamp = record.get("timestamp").asLong();
          producer.send(new ProducerRecord<>(parts[1], 0, timestamp, bytes(record.get("key")), bytes(record.get("value")), headers));
        }
      }
      out.println(parts[1]);
    }
  }

  private static void consume(String bootstrap, List<String> topics) {
    Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "max.partition.fetch.bytes", 3_000_000, "check.crcs", true);
    var deserializer = new ByteArrayDeserializer();
    try (var consumer = new KafkaConsumer<>(config, deserializer, deserializer)) {
      List<TopicPartition> partitions = topics.stream().map(topic -> new TopicPartition(topic, 0)).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) print(record);
      }
    }
  }

  private static void print(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode node = json.createObjectNode();
    node.put("topic", record.topic());
    node.put("offset", record.offset());
    node.put("timestamp", record.timestamp());
    node.put("key", text(record.key()));
    node.put("value", text(record.value()));
    ArrayNode headers = node.putArray("headers");
    for (Header header : record.headers()) headers.addArray().add(header.key()).add(text(header.value()));
    out.println(node);
  }

  private static void partition(int count) throws Exception {
    for (String line : lines()) out.println(BuiltInPartitioner.partitionForKey(Base64.getDecoder().decode(line), count));
  }

  private static List<String> lines() throws Exception {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
  }

  private static byte[] bytes(JsonNode node) {
    return node.isNull() ? null : Base64.getDecoder().decode(node.asText());
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
