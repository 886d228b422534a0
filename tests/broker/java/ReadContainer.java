import java.io.File;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;

/** Prints each record of an Avro object container file as JSON, one a line, as Avro's own Java library reads it. */
public class ReadContainer {
    public static void main(String[] args) throws Exception {
        try (var reader = new DataFileReader<GenericRecord>(new File(args[0]), new GenericDatumReader<>())) {
            for (GenericRecord record : reader) {
                System.out.println(record);
            }
        }
    }
}
